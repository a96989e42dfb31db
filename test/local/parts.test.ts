import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { authority, bearerOf } from '../../src/local/authority.ts';
import { prepareStateFolder, readJson, stateFolderTrouble, writeFileAtomically } from '../../src/local/files.ts';
import { decide } from '../../src/local/lifecycle/ensure.ts';
import { blobStore } from '../../src/local/packages/blobs.ts';
import { packageStore } from '../../src/local/packages/store.ts';
import { stackSecret } from '../../src/local/secret-file.ts';
import { serially } from '../../src/local/serially.ts';
import { historyEvent } from '../../src/local/step-functions/history.ts';
import { openJournal } from '../../src/local/step-functions/journal.ts';
import { Secret } from '../../src/secret.ts';
import { sha256 } from './support/public-index.ts';
import { temporaryFolder } from './support/stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('what to do about the stack that runs', () => {
  const wanted = { version: '1.2.0', fingerprint: 'mine' };
  const running = { ...wanted, draining: false };
  it.each([
    ['start one when there is none', undefined, 'start'],
    ['use its own', running, 'use'],
    ['use a newer one', { ...running, version: '1.10.0' }, 'use'],
    ['replace an older one', { ...running, version: '1.1.9' }, 'replace'],
    ['replace one for other settings', { ...running, fingerprint: 'other' }, 'replace'],
    ['replace a newer one for other settings', { ...running, version: '2.0.0', fingerprint: 'other' }, 'replace'],
    ['wait for one that is going', { ...running, draining: true }, 'wait'],
  ])('%s', (_what, found, expected) => {
    expect(decide(found, wanted)).toBe(expected);
  });
});

describe('who may call', () => {
  const mine = authority(new Secret('AWSPIPAAAA'));

  it('tokens are valid until they expire, for the holder of the same secret alone', () => {
    const token = mine.issue(2000);
    expect(mine.isToken(token, 1999)).toBe(true);
    expect(mine.isToken(token, 2000)).toBe(false);
    expect(authority(new Secret('AWSPIPBBBB')).isToken(token, 1999)).toBe(false);
    for (const forged of ['', 'a.b.c', token.replace('2000', '9999'), `${token}.x`, token.replace('2000', '1e9')]) {
      expect(mine.isToken(forged, 1)).toBe(false);
    }
  });

  it('the access key id of a signature is the secret', () => {
    const header = 'AWS4-HMAC-SHA256 Credential=AWSPIPAAAA/20260101/us-east-1/codeartifact/aws4_request, Signature=x';
    expect(mine.isSigned(header)).toBe(true);
    expect(mine.isSigned(header.replace('AAAA', 'AAAB'))).toBe(false);
    expect(mine.isSigned('AWS4-HMAC-SHA256 Credential=AWSPIPAAAA')).toBe(false);
    expect(mine.isSigned(undefined)).toBe(false);
  });

  it('tokens come as Bearer, or as the password of Basic, colons and all', () => {
    expect(bearerOf('Bearer abc')).toBe('abc');
    expect(bearerOf(`basic ${Buffer.from('aws:a:b').toString('base64')}`)).toBe('a:b');
    for (const header of [undefined, '', 'Bearer', 'Digest abc', `Basic ${Buffer.from('aws').toString('base64')}`]) {
      expect(bearerOf(header)).toBeUndefined();
    }
  });

  it('the secret outlives the process, and a damaged one is made anew', async () => {
    const first = await stackSecret(folder);
    expect((await stackSecret(folder)).reveal()).toBe(first.reveal());
    expect(first.reveal()).toMatch(/^\w{16,128}$/);
    expect((await stat(join(folder, 'secret'))).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, 'secret'), 'short');
    expect((await stackSecret(folder)).reveal()).not.toBe(first.reveal());
  });
});

describe('files of the stack', () => {
  it('are written whole or not at all', async () => {
    const path = join(folder, 'file.json');
    await writeFileAtomically(path, '{"a":1}');
    expect(await readJson(path)).toEqual({ a: 1 });
    await expect(writeFileAtomically(join(folder, 'none', 'file'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(join(folder, 'taken'));
    await expect(writeFileAtomically(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file.json', 'taken']);
  });

  it('count as none when they are damaged', async () => {
    await writeFile(join(folder, 'half.json'), '{"a":');
    expect(await readJson(join(folder, 'half.json'))).toBeUndefined();
    expect(await readJson(join(folder, 'none.json'))).toBeUndefined();
  });

  it.each([
    ['ENOSPC', 'no space left on the disk'],
    ['EROFS', 'read-only'],
    ['EACCES', 'permission denied'],
  ])('say of %s what it means and what to do', (code, words) => {
    const trouble = stateFolderTrouble('/state', Object.assign(new Error('write'), { code }));
    expect(trouble).toMatchObject({ code: 'state-folder', exit: 'configuration' });
    expect(trouble.message).toContain(words);
    expect(trouble.message).toContain('/state');
    expect(trouble.hint).toContain('AWSPIP_STATE_DIRECTORY');
  });

  it('leave no trace of the test whether they can be written', async () => {
    await prepareStateFolder(join(folder, 'new', 'state'));
    expect(await readdir(join(folder, 'new', 'state'))).toEqual([]);
  });
});

describe('works with the same key', () => {
  it('run one after another, also after one failed', async () => {
    const one = serially();
    const seen: string[] = [];
    const work =
      (text: string, fails = false) =>
      async () => {
        seen.push(`${text} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(`${text} ends`);
        if (fails) throw new Error(text);
      };
    const all = [one('key', work('a', true)), one('key', work('b'))];
    await Promise.allSettled(all);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    await expect(all[0]).rejects.toThrow('a');
  });
});

describe('package records', () => {
  it('are changed one at a time, and go when no version is left', async () => {
    const packages = packageStore(folder);
    const name = normaliseName('demo');
    const add = (version: string) =>
      packages.change('repository', name, async (stored) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        const added = { version, revision: 'r', status: 'Published' as const, publishedTime: 1, assets: [] };
        return { stored: { ...stored, versions: [...stored.versions, added] }, answer: undefined };
      });
    await Promise.all(['1', '2', '3'].map(add));
    expect((await packages.read('repository', name))?.versions).toHaveLength(3);
    expect(await packages.list('repository')).toEqual(['demo']);
    await packages.change('repository', name, async (stored) => ({ stored: { ...stored, versions: [] }, answer: 1 }));
    expect(await packages.list('repository')).toEqual([]);
  });

  it('are never looked for outside their folder', async () => {
    await writeFile(join(folder, 'outside.json'), '{"versions":[]}');
    expect(await packageStore(join(folder, 'in')).read('r', normaliseName('../../outside'))).toBeUndefined();
    expect(await packageStore(join(folder, 'in')).read('r', '../../outside' as never)).toBeUndefined();
  });
});

describe('files by digest', () => {
  const bytes = Buffer.from('0123456789');
  const digest = sha256(bytes);
  const collect = (source: AsyncIterable<Uint8Array>): Promise<string> => text(Readable.from(source));

  it('are read while they come, and the last byte only when the digest is right', async () => {
    const blobs = await blobStore(folder);
    const stream = new Readable({ read: () => undefined });
    const blob = await blobs.open(digest, {}, async () => ({ stream, size: 10 }));
    const reader = blob.read()[Symbol.asyncIterator]();
    stream.push(bytes.subarray(0, 5));
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe('0123');
    stream.push(bytes.subarray(5));
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe('45678');
    stream.push(null);
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe('9');
    expect(await blob.whole).toEqual({ sha256: digest, size: 10 });
  });

  it('that are wrong are given to nobody in full, and not kept', async () => {
    const blobs = await blobStore(folder);
    const source = async () => ({ stream: Readable.from([Buffer.from('9876543210')]) });
    const blob = await blobs.open(digest, {}, source);
    await expect(collect(blob.read())).rejects.toThrow();
    await expect(blob.whole).rejects.toThrow('sha256');
    const again = await blobs.open(digest, {}, async () => ({ stream: Readable.from([bytes]) }));
    expect(await collect(again.read(2, 4))).toBe('234');
  });

  it('are held to every digest that was told', async () => {
    const blobs = await blobStore(folder);
    const source = async () => ({ stream: Readable.from([bytes]) });
    await expect(blobs.learn({ md5: '0'.repeat(32) }, source)).rejects.toThrow('md5');
    expect(await blobs.learn({ unheardof: 'x' }, source)).toEqual({ sha256: digest, size: 10 });
  });

  it('that a killed process left half done are removed at the start', async () => {
    await mkdir(join(folder, 'drafts'));
    await writeFile(join(folder, 'drafts', 'half'), '0123');
    const blobs = await blobStore(folder);
    expect(await readdir(join(folder, 'drafts'))).toEqual([]);
    const blob = await blobs.open(digest, {}, async () => ({ stream: Readable.from([bytes]) }));
    await blob.whole;
    expect(await readFile(join(folder, digest.slice(0, 2), digest), 'utf8')).toBe('0123456789');
  });

  it('of no bytes are whole too', async () => {
    const blobs = await blobStore(folder);
    const blob = await blobs.open(sha256(''), {}, async () => ({ stream: Readable.from([]), size: 0 }));
    expect(await collect(blob.read())).toBe('');
  });
});

describe('executions on disk', () => {
  const execution = { name: 'one', status: 'RUNNING' as const, startDate: 1_000, input: '{}' };

  it('move from running to closed, and are forgotten after 90 days', async () => {
    const journal = await openJournal(folder, 0);
    await journal.write(execution);
    expect((await journal.list('RUNNING')).map(({ name }) => name)).toEqual(['one']);
    await journal.write({ ...execution, status: 'SUCCEEDED', stopDate: 2_000 });
    expect(await journal.list('RUNNING')).toEqual([]);
    expect((await journal.read('one'))?.status).toBe('SUCCEEDED');
    const later = await openJournal(folder, 91 * 24 * 3600 * 1000);
    expect(await later.read('one')).toBeUndefined();
  });

  it('keep a history that half a line does not spoil', async () => {
    const journal = await openJournal(folder, 0);
    const event = { id: 1, previousEventId: 0, timestamp: 1, type: 'ExecutionStarted' };
    await journal.append('one', [event]);
    const [file = ''] = await readdir(join(folder, 'history'));
    await writeFile(join(folder, 'history', file), '{"id":2,"typ', { flag: 'a' });
    expect(await journal.history('one')).toEqual([event]);
  });

  it('have histories in the words of the service', () => {
    const failed = { type: 'ExecutionFailed', timestamp: 5000, Error: 'Broken', Cause: new Error('why') };
    expect(historyEvent(failed, 7)).toEqual({
      id: 7,
      previousEventId: 6,
      timestamp: 5,
      type: 'ExecutionFailed',
      executionFailedEventDetails: { error: 'Broken', cause: 'why' },
    });
    expect(
      historyEvent({ type: 'StateCaught', timestamp: 1, state: { name: 'x', type: 'Task', input: {} } }, 1),
    ).toBeUndefined();
  });
});
