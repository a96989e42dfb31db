import { afterEach, beforeEach, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { relayHost } from '../../src/relay/relay.ts';
import { Secret } from '../../src/secret.ts';
import { wheel } from '../relay/distributions.ts';
import { type Harness, openHarness, requestPage, requestThroughRelay } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

const alpha = wheel('alpha', '1.0');
const name = 'alpha' as ProjectName;

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [alpha]);
});
afterEach(async () => harness.close());

test('the host depends on the endpoint, not on the port', async () => {
  const [one, two] = [await harness.relay(), await harness.relay()];
  expect(one.host).toBe(two.host);
  expect(one.host).toMatch(/^[0-9a-f]{8}\.secure-pypi\.invalid$/);
  expect(one.proxyUrl).not.toBe(two.proxyUrl);
  expect(relayHost('https://a.example/pypi/x/')).not.toBe(relayHost('https://a.example/pypi/y/'));
});

test.each([
  ['new pip', 'application/vnd.pypi.simple.v1+json, text/html; q=0.01', 'application/vnd.pypi.simple.v1+json'],
  ['old pip', 'text/html', 'text/html'],
])('%s gets the page format it requests, and file paths with the digest', async (_description, accept, type) => {
  const relay = await harness.relay();
  const page = await requestPage(relay, 'alpha', accept);
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toContain(type);
  expect(page.headers['cache-control']).toBe('no-store');
  expect(page.links).toEqual([`http://${relay.host}/files/${sha256(alpha.bytes).slice(0, 16)}/${alpha.filename}`]);
  const file = await requestThroughRelay(relay, page.links[0]!);
  expect(Buffer.from(file.body, 'latin1').equals(alpha.bytes)).toBe(true);
  expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(file.headers['content-length']).toBe(`${alpha.bytes.length}`);
  expect(relay.observed()).toMatchObject({ failures: [], blockedHosts: [], servedFiles: [alpha.filename] });
  expect(relay.observed().pages.get(name)).toMatchObject({
    status: 200,
    page: { files: [{ filename: alpha.filename }] },
  });
});

test('a repository with HTML only serves both formats', async () => {
  harness.repository.format = 'html';
  const relay = await harness.relay();
  expect((await requestPage(relay, 'alpha')).links).toHaveLength(1);
  expect((await requestPage(relay, 'alpha', 'text/html')).links).toHaveLength(1);
});

test('a withheld file is neither listed nor served, also if a lock file pins it', async () => {
  const sdist = { filename: 'alpha-1.0.tar.gz', version: '1.0', bytes: Buffer.from('source') };
  harness.repository.projects.set('alpha', [alpha, sdist]);
  const relay = await harness.relay({ withheld: async () => new Set([sdist.filename]) });
  const { links } = await requestPage(relay, 'alpha');
  expect(links.map((link) => link.split('/').at(-1))).toEqual([alpha.filename]);
  const pinned = `http://${relay.host}/files/${sha256(sdist.bytes).slice(0, 16)}/${sdist.filename}`;
  expect((await requestThroughRelay(relay, pinned)).status).toBe(404);
  expect(relay.observed()).toMatchObject({ unlistedFiles: [sdist.filename], failures: [] });
  expect(
    relay
      .observed()
      .pages.get(name)
      ?.page?.files.map(({ filename }) => filename),
  ).toEqual([alpha.filename]);
});

test('with a cut-off, a page has the files that were uploaded before, with their times from the records', async () => {
  const [later, unknown] = [wheel('alpha', '2.0'), wheel('alpha', '3.0')];
  harness.repository.projects.set('alpha', [alpha, later, unknown]);
  const time = '2025-12-31T23:59:59.000Z';
  const relay = await harness.relay({
    uploadedBefore: { all: '2026-01-01T00:00:00.000Z', projects: { beta: null } },
    uploadTimes: async () =>
      new Map([
        [alpha.filename, time],
        [later.filename, '2026-01-01T00:00:00.000Z'],
      ]),
  });
  const { body } = await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, {
    headers: { accept: 'application/vnd.pypi.simple.v1+json' },
  });
  expect(JSON.parse(body).files).toMatchObject([{ filename: alpha.filename, 'upload-time': time }]);
  expect(relay.observed().pages.get(name)?.page?.files).toHaveLength(1);
  // A lock file that was written with another cut-off pins this file.
  const pinned = `http://${relay.host}/files/${sha256(later.bytes).slice(0, 16)}/${later.filename}`;
  expect((await requestThroughRelay(relay, pinned)).status).toBe(200);
  const exempt = wheel('beta', '1.0');
  harness.repository.projects.set('beta', [exempt]);
  expect((await requestPage(relay, 'beta')).links).toHaveLength(1);
});

test('records that cannot be read fail the page, with their error', async () => {
  const error = new AwspipError('aws-denied', 'AWS denied access to the table', { exit: 'denied' });
  const relay = await harness.relay({ withheld: async () => Promise.reject(error) });
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().failures).toMatchObject([{ cause: expect.stringContaining('denied access'), error }]);
});

test('an unsupported page format gets 406 without a request to the repository', async () => {
  const relay = await harness.relay();
  expect((await requestPage(relay, 'alpha', 'application/xml')).status).toBe(406);
  expect(harness.repository.endpointRequests).toEqual([]);
});

test('the repository gets the token and the User-Agent of awspip; the file store gets no token', async () => {
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  await requestThroughRelay(relay, links[0]!);
  expect(harness.repository.endpointRequests).toHaveLength(2);
  for (const { headers } of harness.repository.endpointRequests) {
    expect(headers.authorization).toBe(`Basic ${btoa('aws:token-1')}`);
    expect(headers['user-agent']).toMatch(/^awspip\/1\.2\.3/);
  }
  expect(harness.repository.storeRequests).toHaveLength(1);
  expect(harness.repository.storeRequests[0]?.headers.authorization).toBeUndefined();
});

test('nothing that reaches pip contains the token or a signed URL', async () => {
  harness.repository.status = (fileUrl) => (fileUrl.includes('.whl') ? 500 : undefined);
  const relay = await harness.relay();
  const page = await requestPage(relay, 'alpha');
  const file = await requestThroughRelay(relay, page.links[0]!).catch((error: Error) => `${error}`);
  const output = JSON.stringify([page, file, relay, relay.observed()]);
  expect(output).not.toContain('token-1');
  expect(output).not.toContain(btoa('aws:token-1'));
  expect(output).not.toContain('Signature');
});

test('an unknown project is 404 for pip and in the request log', async () => {
  const relay = await harness.relay();
  expect((await requestPage(relay, 'nope')).status).toBe(404);
  expect(relay.observed().pages.get('nope' as ProjectName)).toEqual({ status: 404 });
  expect(relay.observed().failures).toEqual([]);
});

test('names are requested in normal form, and invalid names are not requested', async () => {
  const relay = await harness.relay();
  expect((await requestPage(relay, 'ALPHA')).status).toBe(200);
  for (const invalidName of ['%2e%2e%2fx', 'a%00b', '-x', '%zz', 'a b']) {
    expect((await requestPage(relay, invalidName.replace(' ', '%20'))).status, invalidName).toBe(404);
  }
  expect(harness.repository.endpointRequests.map(({ path: fileUrl }) => fileUrl)).toEqual([
    '/pypi/secure-pypi/simple/alpha/',
  ]);
});

test('other hosts are blocked and logged, also as tunnels', async () => {
  const relay = await harness.relay();
  const targets = [
    'http://pypi.example/simple/alpha/',
    `http://${relay.host}:81/simple/alpha/`,
    `https://${relay.host}/simple/alpha/`,
    `http://x.${relay.host}/`,
  ];
  for (const target of targets) expect((await requestThroughRelay(relay, target)).status, target).toBe(403);
  expect((await requestThroughRelay(relay, 'files.example:443', { method: 'CONNECT' })).status).toBe(403);
  expect(relay.observed().blockedHosts).toEqual([
    'pypi.example',
    `${relay.host}:81`,
    relay.host,
    `x.${relay.host}`,
    'files.example:443',
  ]);
  expect(harness.repository.endpointRequests).toEqual([]);
});

test('a request that is not a proxy request is rejected, so that a web page cannot read the repository', async () => {
  const relay = await harness.relay();
  expect((await requestThroughRelay(relay, '/simple/alpha/')).status).toBe(403);
  expect((await requestThroughRelay(relay, '/simple/alpha/', { headers: { host: relay.host } })).status).toBe(403);
  expect(harness.repository.endpointRequests).toEqual([]);
});

test('a method other than GET and HEAD is rejected', async () => {
  const relay = await harness.relay();
  expect((await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { method: 'POST' })).status).toBe(405);
});

test('an expired token is renewed once, also for concurrent requests', async () => {
  let renewals = 0;
  harness.repository.tokens.delete('token-1');
  harness.repository.tokens.add('token-2');
  const relay = await harness.relay({
    renewToken: async () => {
      renewals += 1;
      return new Secret('token-2');
    },
  });
  const pages = await Promise.all(Array.from({ length: 8 }, async () => requestPage(relay, 'alpha')));
  expect(pages.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(renewals).toBe(1);
  expect(relay.observed().failures).toEqual([]);
});

test('after a failed renewal pip gets 403, the log has 401, and no renewal is tried until the next run', async () => {
  let renewals = 0;
  harness.repository.tokens.clear();
  const relay = await harness.relay({
    renewToken: async () => {
      renewals += 1;
      return new Secret(`token-${renewals + 1}`);
    },
  });
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect((await requestPage(relay, 'beta')).status).toBe(403);
  expect(renewals).toBe(1);
  expect(relay.observed().pages.get(name)).toEqual({ status: 401 });
  expect(relay.observed().failures).toMatchObject([
    { kind: 'denied', status: 401 },
    { kind: 'denied', status: 401 },
  ]);
  relay.reset();
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(renewals).toBe(2);
});

test('a missing token is a failure with its own error', async () => {
  const error = new AwspipError('sso-expired', 'The AWS SSO session has expired', { exit: 'denied' });
  const relay = await harness.relay({ token: async () => Promise.reject(error) });
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().failures).toMatchObject([{ kind: 'denied', error }]);
  expect(relay.observed().pages.get(name)).toEqual({ status: 0 });
  expect(harness.repository.endpointRequests).toEqual([]);
});

test.each([
  [403, 'denied', 1],
  [429, 'throttled', 3],
  [503, 'unavailable', 3],
  [418, 'unavailable', 1],
])('upstream %i is 403 for pip and `%s` in the log after %i requests', async (status, kind, requests) => {
  harness.repository.status = () => status;
  const relay = await harness.relay();
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(harness.repository.endpointRequests).toHaveLength(requests);
  expect(relay.observed().failures).toMatchObject([
    { kind, status, url: `${harness.repository.endpoint}simple/alpha/` },
  ]);
  expect(relay.observed().pages.get(name)).toEqual({ status });
});

test('a slow failure is not retried beyond the time limit', async () => {
  let clock = 0;
  harness.repository.status = () => {
    clock += 6_000;
    return 503;
  };
  const relay = await harness.relay({ retryDelays: [1, 1, 1, 1, 1], maxRetryMilliseconds: 10_000, now: () => clock });
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(harness.repository.endpointRequests).toHaveLength(2);
});

test('a temporary failure is not reported', async () => {
  let failures = 2;
  harness.repository.status = () => (failures-- > 0 ? 503 : undefined);
  const relay = await harness.relay();
  expect((await requestPage(relay, 'alpha')).status).toBe(200);
  expect(relay.observed().failures).toEqual([]);
});

test('an unreachable repository is a failure without a status', async () => {
  const relay = await harness.relay({ endpoint: 'http://127.0.0.1:9/pypi/secure-pypi/' });
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().failures).toMatchObject([{ kind: 'unavailable', status: undefined }]);
  expect(relay.observed().pages.get(name)).toEqual({ status: 0 });
});

test('a response that is not an index page is a failure, not an empty page', async () => {
  const relay = await harness.relay({ endpoint: `${harness.repository.storeOrigin}/` });
  harness.repository.projects.set('alpha', [{ ...alpha, filename: 'simple/alpha/' }]);
  harness.repository.send = (_file, response) => {
    response.removeHeader('content-length');
    response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end('{"files": 1');
  };
  expect((await requestPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().pages.get(name)?.page).toBeUndefined();
  expect(relay.observed().pages.get(name)?.status).not.toBe(200);
});

test('a file pinned by a lock file is served without a request for its page; another digest is not', async () => {
  const relay = await harness.relay();
  const fileUrl = (digest: string, filename: string) => `http://${relay.host}/files/${digest}/${filename}`;
  const digest = sha256(alpha.bytes).slice(0, 16);
  expect((await requestThroughRelay(relay, fileUrl(digest, alpha.filename))).status).toBe(200);
  expect((await requestThroughRelay(relay, fileUrl('0'.repeat(16), alpha.filename))).status).toBe(404);
  expect((await requestThroughRelay(relay, fileUrl(digest, 'beta-1.0.tar.gz'))).status).toBe(404);
  expect(relay.observed().unlistedFiles).toEqual([alpha.filename, 'beta-1.0.tar.gz']);
  relay.reset();
  expect(relay.observed().unlistedFiles).toEqual([]);
});

test('loadPages requests pages with limited concurrency and logs them', async () => {
  const relay = await harness.relay();
  const names = Array.from({ length: 25 }, (_, index) => `absent-${index}` as ProjectName);
  await relay.loadPages([name, ...names]);
  const { pages } = relay.observed();
  expect(pages.size).toBe(26);
  expect([pages.get(name)?.status, pages.get(names[24]!)?.status]).toEqual([200, 404]);
});

test('a file without a sha256 is skipped and logged', async () => {
  const withoutDigest = wheel('alpha', '0.9');
  harness.repository.projects.set('alpha', [{ ...withoutDigest, sha256: null }, alpha]);
  const relay = await harness.relay();
  const page = await requestPage(relay, 'alpha');
  expect(page.links.map((link) => link.split('/').at(-1))).toEqual([alpha.filename]);
  expect(relay.observed().rejectedFiles).toEqual([withoutDigest.filename]);
  expect(relay.observed().failures).toMatchObject([{ kind: 'no-digest' }]);
  // The log keeps the file, because a missing requirement is decided by what the repository has.
  expect(relay.observed().pages.get(name)?.page?.files).toHaveLength(2);
});

test('bytes that do not match the digest never arrive completely, and are not requested again', async () => {
  harness.repository.projects.set('alpha', [{ ...alpha, sha256: sha256(Buffer.from('other')) }]);
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow();
  await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow('ECONNRESET');
  expect(harness.repository.storeRequests).toHaveLength(1);
  expect(relay.observed()).toMatchObject({ rejectedFiles: [alpha.filename], servedFiles: [] });
  expect(relay.observed().failures).toMatchObject([{ kind: 'digest-mismatch' }]);
});

test('an interrupted download is interrupted for pip too', async () => {
  harness.repository.send = (file, response) => {
    response.write(file.bytes.subarray(0, 10));
    setTimeout(() => response.destroy(), 20);
  };
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow();
  expect(relay.observed().failures).toMatchObject([{ kind: 'unavailable' }]);
});

test('a listed file that answers 404 at first is retried', async () => {
  let missing = 2;
  harness.repository.status = (fileUrl) => (fileUrl.endsWith('.whl') && missing-- > 0 ? 404 : undefined);
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  expect((await requestThroughRelay(relay, links[0]!)).status).toBe(200);
  expect(relay.observed().failures).toEqual([]);
});

test('a listed file that stays 404 is a failure', async () => {
  harness.repository.status = (fileUrl) => (fileUrl.endsWith('.whl') ? 404 : undefined);
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow('ECONNRESET');
  expect(relay.observed().failures).toMatchObject([{ kind: 'unavailable', status: 404 }]);
});

test('HEAD gives the size without ranges; a range request gets the whole file', async () => {
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  const head = await requestThroughRelay(relay, links[0]!, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers).toMatchObject({ 'content-length': `${alpha.bytes.length}`, 'accept-ranges': 'none' });
  const part = await requestThroughRelay(relay, links[0]!, { headers: { range: 'bytes=0-9' } });
  expect(part.status).toBe(200);
  expect(part.body).toHaveLength(alpha.bytes.length);
});

test('a file of a lock file is served without a request for its page', async () => {
  const relay = await harness.relay();
  const fileUrl = `${sha256(alpha.bytes).slice(0, 16)}/${alpha.filename}`;
  expect((await requestThroughRelay(relay, `http://${relay.host}/files/${fileUrl}`)).status).toBe(200);
  expect(
    (await requestThroughRelay(relay, `http://${relay.host}/files/${'0'.repeat(16)}/${alpha.filename}`)).status,
  ).toBe(404);
});

test("only pip's User-Agent is recorded", async () => {
  const relay = await harness.relay();
  const agent = 'pip/24.0 {"python":"3.12.1"}';
  await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers: { 'user-agent': agent } });
  await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers: { 'user-agent': 'curl/8' } });
  expect(relay.observed().userAgent).toBe(agent);
});

test('observed() returns a snapshot, and reset() clears the record', async () => {
  const relay = await harness.relay();
  await requestPage(relay, 'nope');
  const snapshot = relay.observed();
  relay.reset();
  await requestPage(relay, 'alpha');
  expect([...snapshot.pages.keys()]).toEqual(['nope']);
  expect([...relay.observed().pages.keys()]).toEqual(['alpha']);
});

test('close() interrupts running downloads', async () => {
  harness.repository.send = (file, response) => void response.write(file.bytes.subarray(0, 10));
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  const interrupted = expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow();
  await expect.poll(() => harness.repository.storeRequests.length).toBe(1);
  await relay.close();
  await interrupted;
});
