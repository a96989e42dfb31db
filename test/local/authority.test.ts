import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authority, bearerOf } from '../../src/local/authority.ts';
import { stackSecret } from '../../src/local/stack-secret.ts';
import { Secret } from '../../src/secret.ts';
import { temporaryFolder } from './support/stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('authority', () => {
  const stack = authority(new Secret('AWSPIPAAAA'));

  it('accepts the tokens of the same secret until they expire', () => {
    const token = stack.issueToken('local-one', 2000);
    expect(stack.domainOfToken(token, 1999)).toBe('local-one');
    expect(stack.domainOfToken(token, 2000)).toBeUndefined();
    expect(authority(new Secret('AWSPIPBBBB')).domainOfToken(token, 1999)).toBeUndefined();
    const changes: readonly [string, string][] = [
      ['2000', '9999'],
      ['2000', '1e9'],
      ['local-one', 'local-two'],
    ];
    for (const forged of ['', 'a.b.c', `${token}.x`, ...changes.map(([from, to]) => token.replace(from, to))]) {
      expect(stack.domainOfToken(forged, 1)).toBeUndefined();
    }
  });

  it('opens only what was sealed with the same secret and not changed', () => {
    const sealed = stack.seal('{"a":"ä"}');
    expect(stack.unseal(sealed)).toBe('{"a":"ä"}');
    expect(stack.seal('{"a":"ä"}')).not.toBe(sealed);
    expect(authority(new Secret('AWSPIPBBBB')).unseal(sealed)).toBeUndefined();
    for (const changed of ['', 'AAAA', `${sealed.slice(0, 20)}A${sealed.slice(21)}`, sealed.slice(0, -4)]) {
      if (changed !== sealed) expect(stack.unseal(changed)).toBeUndefined();
    }
  });

  it('accepts a signature whose access key ID is the secret', () => {
    const header = 'AWS4-HMAC-SHA256 Credential=AWSPIPAAAA/20260101/us-east-1/codeartifact/aws4_request, Signature=x';
    expect(stack.isSigned(header)).toBe(true);
    expect(stack.isSigned(header.replace('AAAA', 'AAAB'))).toBe(false);
    expect(stack.isSigned('AWS4-HMAC-SHA256 Credential=AWSPIPAAAA')).toBe(false);
    expect(stack.isSigned(undefined)).toBe(false);
  });

  it('reads a Bearer token, or the password of Basic, which may contain colons', () => {
    expect(bearerOf('Bearer abc')).toBe('abc');
    expect(bearerOf(`basic ${Buffer.from('aws:a:b').toString('base64')}`)).toBe('a:b');
    for (const header of [undefined, '', 'Bearer', 'Digest abc', `Basic ${Buffer.from('aws').toString('base64')}`]) {
      expect(bearerOf(header)).toBeUndefined();
    }
  });

  it('keeps the secret for the next process, and replaces a damaged one', async () => {
    const first = await stackSecret(folder);
    expect((await stackSecret(folder)).reveal()).toBe(first.reveal());
    expect(first.reveal()).toMatch(/^\w{16,128}$/);
    expect((await stat(join(folder, 'secret'))).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, 'secret'), 'short');
    expect((await stackSecret(folder)).reveal()).not.toBe(first.reveal());
  });
});
