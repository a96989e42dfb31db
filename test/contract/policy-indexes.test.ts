import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { NamedIndex } from '../../src/index/named-indexes.ts';
import { normaliseName } from '../../src/index/names.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Starts an index that has every project, and records the path of each request. */
async function startIndex(status = 200) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const name = request.url?.split('/')[2] ?? '';
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(`<a href="${name}-1.0%2Bcpu-py3-none-any.whl#sha256=${'a'.repeat(64)}">x</a>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`, requests };
}

function open(indexUrls: readonly string[], indexes: () => readonly NamedIndex[], cacheSeconds = 0) {
  const configuration = { indexUrls, findLinks: [], trustedHosts: [], timeoutSeconds: 5 };
  const index = openUpstreamIndex(configuration, { cacheSeconds, sleep: async () => {}, indexes });
  cleanups.push(() => index.close());
  return (name: string) => index.page(normaliseName(name));
}

test('each index is asked for its own names only', async () => {
  const [main, other] = await Promise.all([startIndex(), startIndex()]);
  const page = open([main.url], () => [{ url: other.url, names: ['torch', 'nvidia-*'] }]);
  const answers = await Promise.all(['torch', 'nvidia-cuda', 'torchvision', 'nvidia'].map(page));
  expect(answers.map((answer) => (answer.kind === 'found' ? answer.from : answer))).toEqual([
    ...[[`${other.url}/`], [`${other.url}/`], [`${main.url}/`], [`${main.url}/`]],
  ]);
  expect(other.requests.sort()).toEqual(['/simple/nvidia-cuda/', '/simple/torch/']);
  expect(main.requests.sort()).toEqual(['/simple/nvidia/', '/simple/torchvision/']);
  const [torch] = answers;
  expect(torch?.kind === 'found' && torch.page.files[0]?.filename).toBe('torch-1.0+cpu-py3-none-any.whl');
});

test.each([500, 404])('a name whose index answers %i is not looked up elsewhere', async (status) => {
  const [main, other] = await Promise.all([startIndex(), startIndex(status)]);
  const page = open([main.url], () => [{ url: other.url, names: ['torch'] }]);
  expect((await page('torch')).kind).toBe(status === 404 ? 'missing' : 'unreachable');
  expect(main.requests).toEqual([]);
});

test('an index with a problem is asked for nothing', async () => {
  const [main, other] = await Promise.all([startIndex(), startIndex()]);
  const page = open([main.url], () => [{ url: other.url, names: ['torch'], problem: 'not deployed' }]);
  expect(await page('torch')).toEqual({ kind: 'unreachable', cause: 'not deployed' });
  expect([...main.requests, ...other.requests]).toEqual([]);
});

test('an index of pip’s configuration that the policy names has no other names', async () => {
  const [main, other] = await Promise.all([startIndex(), startIndex()]);
  const page = open([main.url, `${other.url}/`], () => [{ url: other.url, names: ['torch'] }]);
  expect(await page('requests')).toMatchObject({ from: [`${main.url}/`] });
  expect(await page('torch')).toMatchObject({ from: [`${other.url}/`] });
  expect(other.requests).toEqual(['/simple/torch/']);
  const alone = open([other.url], () => [{ url: other.url, names: ['torch'] }]);
  expect(await alone('requests')).toEqual({ kind: 'missing' });
});

test('a changed policy applies to the next page, also if the page was cached', async () => {
  const [main, other] = await Promise.all([startIndex(), startIndex()]);
  let indexes: readonly NamedIndex[] = [];
  const page = open([main.url], () => indexes, 600);
  expect(await page('torch')).toMatchObject({ from: [`${main.url}/`] });
  indexes = [{ url: other.url, names: ['torch'] }];
  expect(await page('torch')).toMatchObject({ from: [`${other.url}/`] });
});
