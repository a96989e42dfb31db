import { afterEach, beforeEach, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { relayHost } from '../../src/relay/relay.ts';
import { Secret } from '../../src/secret.ts';
import { wheel } from '../relay/distributions.ts';
import { ask, askPage, type Harness, openHarness } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

const alpha = wheel('alpha', '1.0');
const name = 'alpha' as ProjectName;

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [alpha]);
});
afterEach(async () => harness.close());

test('the host is the same for the same endpoint, whatever the port', async () => {
  const [one, two] = [await harness.relay(), await harness.relay()];
  expect(one.host).toBe(two.host);
  expect(one.host).toMatch(/^[0-9a-f]{8}\.secure-pypi\.invalid$/);
  expect(one.proxyUrl).not.toBe(two.proxyUrl);
  expect(relayHost('https://a.example/pypi/x/')).not.toBe(relayHost('https://a.example/pypi/y/'));
});

test.each([
  ['new pip', 'application/vnd.pypi.simple.v1+json, text/html; q=0.01', 'application/vnd.pypi.simple.v1+json'],
  ['old pip', 'text/html', 'text/html'],
])('%s gets the form of page it asks for, and files whose path holds their digest', async (_who, accept, type) => {
  const relay = await harness.relay();
  const page = await askPage(relay, 'alpha', accept);
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toContain(type);
  expect(page.headers['cache-control']).toBe('no-store');
  expect(page.links).toEqual([`http://${relay.host}/files/${sha256(alpha.bytes).slice(0, 16)}/${alpha.filename}`]);
  const file = await ask(relay, page.links[0]!);
  expect(Buffer.from(file.body, 'latin1').equals(alpha.bytes)).toBe(true);
  expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(file.headers['content-length']).toBe(`${alpha.bytes.length}`);
  expect(relay.observed()).toMatchObject({ trouble: [], denied: [], files: [alpha.filename] });
  expect(relay.observed().pages.get(name)).toMatchObject({
    status: 200,
    page: { files: [{ filename: alpha.filename }] },
  });
});

test('a repository that only speaks HTML serves both', async () => {
  harness.repository.speaks = 'html';
  const relay = await harness.relay();
  expect((await askPage(relay, 'alpha')).links).toHaveLength(1);
  expect((await askPage(relay, 'alpha', 'text/html')).links).toHaveLength(1);
});

test('a page form that nobody has is answered 406 without asking the repository', async () => {
  const relay = await harness.relay();
  expect((await askPage(relay, 'alpha', 'application/xml')).status).toBe(406);
  expect(harness.repository.asked).toEqual([]);
});

test('the repository gets the token and our User-Agent; the store of files behind it gets no token', async () => {
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  await ask(relay, links[0]!);
  expect(harness.repository.asked).toHaveLength(2);
  for (const { headers } of harness.repository.asked) {
    expect(headers.authorization).toBe(`Basic ${btoa('aws:token-1')}`);
    expect(headers['user-agent']).toMatch(/^awspip\/1\.2\.3/);
  }
  expect(harness.repository.fetched).toHaveLength(1);
  expect(harness.repository.fetched[0]?.headers.authorization).toBeUndefined();
});

test('nothing that reaches pip holds the token or a signed URL', async () => {
  harness.repository.status = (path) => (path.includes('.whl') ? 500 : undefined);
  const relay = await harness.relay();
  const page = await askPage(relay, 'alpha');
  const file = await ask(relay, page.links[0]!);
  const seen = JSON.stringify([page, file, relay, relay.observed()]);
  expect(seen).not.toContain('token-1');
  expect(seen).not.toContain(btoa('aws:token-1'));
  expect(seen).not.toContain('Signature');
});

test('an unknown project is 404 to pip and in the ledger', async () => {
  const relay = await harness.relay();
  expect((await askPage(relay, 'nope')).status).toBe(404);
  expect(relay.observed().pages.get('nope' as ProjectName)).toEqual({ status: 404 });
  expect(relay.observed().trouble).toEqual([]);
});

test('names are asked for in normal form, and what is no name is not asked for', async () => {
  const relay = await harness.relay();
  expect((await askPage(relay, 'ALPHA')).status).toBe(200);
  for (const bad of ['%2e%2e%2fx', 'a%00b', '-x', '%zz', 'a b']) {
    expect((await askPage(relay, bad.replace(' ', '%20'))).status, bad).toBe(404);
  }
  expect(harness.repository.asked.map(({ path }) => path)).toEqual(['/pypi/secure-pypi/simple/alpha/']);
});

test('foreign hosts are denied and written down, tunnels too', async () => {
  const relay = await harness.relay();
  const targets = [
    'http://pypi.example/simple/alpha/',
    `http://${relay.host}:81/simple/alpha/`,
    `https://${relay.host}/simple/alpha/`,
    `http://x.${relay.host}/`,
  ];
  for (const target of targets) expect((await ask(relay, target)).status, target).toBe(403);
  expect((await ask(relay, 'files.example:443', { method: 'CONNECT' })).status).toBe(403);
  expect(relay.observed().denied).toEqual([
    'pypi.example',
    `${relay.host}:81`,
    relay.host,
    `x.${relay.host}`,
    'files.example:443',
  ]);
  expect(harness.repository.asked).toEqual([]);
});

test('a request that is no proxy request is refused: a web page cannot read the repository', async () => {
  const relay = await harness.relay();
  expect((await ask(relay, '/simple/alpha/')).status).toBe(403);
  expect((await ask(relay, '/simple/alpha/', { headers: { host: relay.host } })).status).toBe(403);
  expect(harness.repository.asked).toEqual([]);
});

test('a method other than GET and HEAD is refused', async () => {
  const relay = await harness.relay();
  expect((await ask(relay, `${relay.indexUrl}alpha/`, { method: 'POST' })).status).toBe(405);
});

test('a token that ended is renewed once, also when many requests are refused at the same time', async () => {
  let renewals = 0;
  harness.repository.tokens.delete('token-1');
  harness.repository.tokens.add('token-2');
  const relay = await harness.relay({
    renewToken: async () => {
      renewals += 1;
      return new Secret('token-2');
    },
  });
  const pages = await Promise.all(Array.from({ length: 8 }, async () => askPage(relay, 'alpha')));
  expect(pages.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(renewals).toBe(1);
  expect(relay.observed().trouble).toEqual([]);
});

test('where renewing does not help pip sees 403, the ledger 401, and nobody renews again until the next run', async () => {
  let renewals = 0;
  harness.repository.tokens.clear();
  const relay = await harness.relay({
    renewToken: async () => {
      renewals += 1;
      return new Secret(`token-${renewals + 1}`);
    },
  });
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect((await askPage(relay, 'beta')).status).toBe(403);
  expect(renewals).toBe(1);
  expect(relay.observed().pages.get(name)).toEqual({ status: 401 });
  expect(relay.observed().trouble).toMatchObject([
    { kind: 'denied', status: 401 },
    { kind: 'denied', status: 401 },
  ]);
  relay.forget();
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect(renewals).toBe(2);
});

test('a token that cannot be had is trouble that carries its own error', async () => {
  const error = new AwspipError('sso-expired', 'The AWS SSO session has expired', { exit: 'denied' });
  const relay = await harness.relay({ token: async () => Promise.reject(error) });
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().trouble).toMatchObject([{ kind: 'denied', error }]);
  expect(relay.observed().pages.get(name)).toEqual({ status: 0 });
  expect(harness.repository.asked).toEqual([]);
});

test.each([
  [403, 'denied', 1],
  [429, 'throttled', 3],
  [503, 'unavailable', 3],
  [418, 'unavailable', 1],
])('upstream %i is 403 to pip and `%s` in the ledger after %i requests', async (status, kind, requests) => {
  harness.repository.status = () => status;
  const relay = await harness.relay();
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect(harness.repository.asked).toHaveLength(requests);
  expect(relay.observed().trouble).toMatchObject([
    { kind, status, url: `${harness.repository.endpoint}simple/alpha/` },
  ]);
  expect(relay.observed().pages.get(name)).toEqual({ status });
});

test('a slow failure is not tried again for ever', async () => {
  let clock = 0;
  harness.repository.status = () => {
    clock += 6_000;
    return 503;
  };
  const relay = await harness.relay({ retryDelays: [1, 1, 1, 1, 1], patience: 10_000, now: () => clock });
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect(harness.repository.asked).toHaveLength(2);
});

test('a failure that passes is not noticed', async () => {
  let failures = 2;
  harness.repository.status = () => (failures-- > 0 ? 503 : undefined);
  const relay = await harness.relay();
  expect((await askPage(relay, 'alpha')).status).toBe(200);
  expect(relay.observed().trouble).toEqual([]);
});

test('a repository that cannot be reached is trouble without a status', async () => {
  const relay = await harness.relay({ endpoint: 'http://127.0.0.1:9/pypi/secure-pypi/' });
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().trouble).toMatchObject([{ kind: 'unavailable', status: undefined }]);
  expect(relay.observed().pages.get(name)).toEqual({ status: 0 });
});

test('an answer that is no index page is trouble, not an empty page', async () => {
  const relay = await harness.relay({ endpoint: `${harness.repository.storeOrigin}/` });
  harness.repository.projects.set('alpha', [{ ...alpha, filename: 'simple/alpha/' }]);
  harness.repository.send = (_file, response) => {
    response.removeHeader('content-length');
    response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end('{"files": 1');
  };
  expect((await askPage(relay, 'alpha')).status).toBe(403);
  expect(relay.observed().pages.get(name)?.page).toBeUndefined();
  expect(relay.observed().pages.get(name)?.status).not.toBe(200);
});

test('a file that a lock file pins comes without its page having been asked for; another file of that name does not', async () => {
  const relay = await harness.relay();
  const path = (digest: string, filename: string) => `http://${relay.host}/files/${digest}/${filename}`;
  const digest = sha256(alpha.bytes).slice(0, 16);
  expect((await ask(relay, path(digest, alpha.filename))).status).toBe(200);
  expect((await ask(relay, path('0'.repeat(16), alpha.filename))).status).toBe(404);
  expect((await ask(relay, path(digest, 'beta-1.0.tar.gz'))).status).toBe(404);
  expect(relay.observed().absentFiles).toEqual([alpha.filename, 'beta-1.0.tar.gz']);
  relay.forget();
  expect(relay.observed().absentFiles).toEqual([]);
});

test('pages are asked for on our own behalf, a few at a time, and written down as if pip had asked', async () => {
  const relay = await harness.relay();
  const names = Array.from({ length: 25 }, (_, at) => `absent-${at}` as ProjectName);
  await relay.consult([name, ...names]);
  const { pages } = relay.observed();
  expect(pages.size).toBe(26);
  expect([pages.get(name)?.status, pages.get(names[24]!)?.status]).toEqual([200, 404]);
});

test('a file without a sha256 is left out and written down', async () => {
  const old = wheel('alpha', '0.9');
  harness.repository.projects.set('alpha', [{ ...old, sha256: null }, alpha]);
  const relay = await harness.relay();
  const page = await askPage(relay, 'alpha');
  expect(page.links.map((link) => link.split('/').at(-1))).toEqual([alpha.filename]);
  expect(relay.observed().refusedFiles).toEqual([old.filename]);
  expect(relay.observed().trouble).toMatchObject([{ kind: 'no-digest' }]);
  // It is there all the same: what is missing is judged by what the repository holds.
  expect(relay.observed().pages.get(name)?.page?.files).toHaveLength(2);
});

test('other bytes than listed never arrive whole, and are not asked for again', async () => {
  harness.repository.projects.set('alpha', [{ ...alpha, sha256: sha256(Buffer.from('other')) }]);
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  await expect(ask(relay, links[0]!)).rejects.toThrow();
  expect((await ask(relay, links[0]!)).status).toBe(403);
  expect(harness.repository.fetched).toHaveLength(1);
  expect(relay.observed()).toMatchObject({ refusedFiles: [alpha.filename], files: [] });
  expect(relay.observed().trouble).toMatchObject([{ kind: 'digest-mismatch' }]);
});

test('a file that breaks off breaks off for pip too', async () => {
  harness.repository.send = (file, response) => {
    response.write(file.bytes.subarray(0, 10));
    setTimeout(() => response.destroy(), 20);
  };
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  await expect(ask(relay, links[0]!)).rejects.toThrow();
  expect(relay.observed().trouble).toMatchObject([{ kind: 'unavailable' }]);
});

test('a listed file that answers 404 at first is fetched a little later', async () => {
  let missing = 2;
  harness.repository.status = (path) => (path.endsWith('.whl') && missing-- > 0 ? 404 : undefined);
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  expect((await ask(relay, links[0]!)).status).toBe(200);
  expect(relay.observed().trouble).toEqual([]);
});

test('a listed file that stays 404 is trouble', async () => {
  harness.repository.status = (path) => (path.endsWith('.whl') ? 404 : undefined);
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  expect((await ask(relay, links[0]!)).status).toBe(404);
  expect(relay.observed().trouble).toMatchObject([{ kind: 'unavailable', status: 404 }]);
});

test('HEAD tells the size and that there are no ranges; a range is answered with the whole file', async () => {
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  const head = await ask(relay, links[0]!, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers).toMatchObject({ 'content-length': `${alpha.bytes.length}`, 'accept-ranges': 'none' });
  const part = await ask(relay, links[0]!, { headers: { range: 'bytes=0-9' } });
  expect(part.status).toBe(200);
  expect(part.body).toHaveLength(alpha.bytes.length);
});

test('a file of a lock file is served although its page was not asked for', async () => {
  const relay = await harness.relay();
  const path = `${sha256(alpha.bytes).slice(0, 16)}/${alpha.filename}`;
  expect((await ask(relay, `http://${relay.host}/files/${path}`)).status).toBe(200);
  expect((await ask(relay, `http://${relay.host}/files/${'0'.repeat(16)}/${alpha.filename}`)).status).toBe(404);
});

test("pip's User-Agent is kept, nobody else's", async () => {
  const relay = await harness.relay();
  const agent = 'pip/24.0 {"python":"3.12.1"}';
  await ask(relay, `${relay.indexUrl}alpha/`, { headers: { 'user-agent': agent } });
  await ask(relay, `${relay.indexUrl}alpha/`, { headers: { 'user-agent': 'curl/8' } });
  expect(relay.observed().userAgent).toBe(agent);
});

test('what was observed stays as it was, and is forgotten between runs', async () => {
  const relay = await harness.relay();
  await askPage(relay, 'nope');
  const before = relay.observed();
  relay.forget();
  await askPage(relay, 'alpha');
  expect([...before.pages.keys()]).toEqual(['nope']);
  expect([...relay.observed().pages.keys()]).toEqual(['alpha']);
});

test('closing ends what is under way', async () => {
  harness.repository.send = (file, response) => void response.write(file.bytes.subarray(0, 10));
  const relay = await harness.relay();
  const { links } = await askPage(relay, 'alpha');
  const broken = expect(ask(relay, links[0]!)).rejects.toThrow();
  await expect.poll(() => harness.repository.fetched.length).toBe(1);
  await relay.close();
  await broken;
});
