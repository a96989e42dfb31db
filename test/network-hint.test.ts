import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { networkHint, networkHintOfText, proxyStatusHint } from '../src/network-hint.ts';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });

describe('the hint for a failed connection', () => {
  test.each([
    ['ENOTFOUND', /host name and the DNS/],
    ['EAI_AGAIN', /host name and the DNS/],
    ['ECONNREFUSED', /host and port/],
    ['EHOSTUNREACH', /HTTPS_PROXY/],
    ['ENETUNREACH', /HTTPS_PROXY/],
    ['ETIMEDOUT', /HTTPS_PROXY/],
    ['UND_ERR_CONNECT_TIMEOUT', /HTTPS_PROXY/],
    ['UND_ERR_HEADERS_TIMEOUT', /again/],
    ['UND_ERR_BODY_TIMEOUT', /again/],
    ['ECONNRESET', /again/],
    ['UND_ERR_SOCKET', /again/],
    ['UNABLE_TO_GET_ISSUER_CERT', /PIP_CERT.*AWS_CA_BUNDLE/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /PIP_CERT.*AWS_CA_BUNDLE/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /PIP_CERT.*AWS_CA_BUNDLE/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /PIP_CERT.*AWS_CA_BUNDLE/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /PIP_CERT.*AWS_CA_BUNDLE/],
    ['CERT_HAS_EXPIRED', /clock/],
    ['CERT_NOT_YET_VALID', /clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate is for another host/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /scheme and port/],
  ])('%s', (code, hint) => expect(networkHint(withCode(code))).toMatch(hint));

  test('comes from the cause of an error, and from the first of several attempts', () => {
    const attempts = new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')], '');
    expect(networkHint(new Error('no response', { cause: attempts }))).toMatch(/host and port/);
  });

  test('names the proxy if the connection goes through one', () => {
    for (const code of ['ENOTFOUND', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH'])
      expect(networkHint(withCode(code), { proxied: true })).toMatch(/proxy in `HTTPS_PROXY`/);
    expect(networkHint(withCode('SELF_SIGNED_CERT_IN_CHAIN'), { proxied: true })).toMatch(/PIP_CERT/);
  });

  test('asks for credentials of the proxy after 407, and for its permission after another status', () => {
    const tunnel = (status: number) => new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`);
    expect(networkHint(tunnel(407))).toMatch(/USER:PASSWORD/);
    expect(networkHint(tunnel(403))).toMatch(/NO_PROXY/);
    const plain = Object.assign(new Error('Proxy Authentication Required (407)'), { code: 'UND_ERR_INVALID_ARG' });
    expect(networkHint(plain)).toBe(proxyStatusHint(407));
  });

  test('is found in a recorded message', () => {
    for (const [message, hint] of [
      ['no index answers for `x`: no response from `h`: connect ECONNREFUSED 127.0.0.1:1', /host and port/],
      ['no response from `h` through the proxy `http://p`: connect ECONNREFUSED 127.0.0.1:1', /proxy in/],
      ['no response from `h`: unable to get local issuer certificate (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)', /PIP_CERT/],
      ['`https://h/simple/` responded with status 401 (credentials are missing or wrong)', /USER:PASSWORD@HOST/],
      ['`https://h/simple/` responded with status 407 (the proxy needs credentials)', /USER:PASSWORD/],
      ['no response from `h`: no data within the time limit', /HTTPS_PROXY/],
    ] as const)
      expect(networkHintOfText(message), message).toMatch(hint);
    expect(networkHintOfText('CodeArtifact has not finished importing SIX 1.0 (HTTP 500)')).toBeUndefined();
  });

  test('is undefined for anything else', () => {
    for (const error of [new Error('x'), withCode('ENOENT'), undefined, 'ENOTFOUND', { code: 'constructor' }])
      expect(networkHint(error)).toBeUndefined();
    const circle: { cause?: unknown } = {};
    circle.cause = circle;
    expect(networkHint(circle)).toBeUndefined();
  });
});

describe('every error with exit `unavailable` has a hint', () => {
  const src = path.resolve(import.meta.dirname, '../src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

  test.each(files.filter((file) => unavailableErrors(readSource(file)).length > 0))('%s', (file) => {
    expect(unavailableErrors(readSource(file)).filter((error) => !/\bhint\b/.test(error))).toEqual([]);
  });

  test('an error without a hint is found', () => {
    const source = "throw new AwspipError('x', 'a (b)', { exit: 'unavailable', cause });";
    expect(unavailableErrors(source).map((error) => /\bhint\b/.test(error))).toEqual([false]);
    expect(unavailableErrors(source.replace('cause', "hint: 'y'")).map((error) => /\bhint\b/.test(error))).toEqual([
      true,
    ]);
    expect(unavailableErrors("new AwspipError('x', 'y', { exit: 'blocked' })")).toEqual([]);
  });

  function readSource(file: string): string {
    return readFileSync(path.join(src, file), 'utf8');
  }

  /** Returns the arguments of each new AwspipError that may have the exit `unavailable`, its `exit` being a variable included. */
  function unavailableErrors(source: string): string[] {
    return [...source.matchAll(/new AwspipError\(/g)]
      .map(({ index }) => argumentsFrom(source, index + 'new AwspipError'.length))
      .filter((text) =>
        /\bexit\b(?!:)|\bexit: (?!'(blocked|held|notFound|usage|bug|denied|configuration|interrupted)')/.test(text),
      );
  }

  /** Returns the text between the parenthesis at `start` and the one that closes it. */
  function argumentsFrom(source: string, start: number): string {
    let depth = 0;
    for (let at = start; at < source.length; at += 1) {
      if (source[at] === '(') depth += 1;
      if (source[at] === ')') depth -= 1;
      if (depth === 0) return source.slice(start, at + 1);
    }
    return source.slice(start);
  }
});
