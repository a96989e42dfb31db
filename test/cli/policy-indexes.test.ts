import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { type Distribution, wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { installer } from '../helpers/installers.ts';
import { longTest } from '../helpers/long-form.ts';

/** The main index has the same names, with other contents. */
const stage = indexWithUser();

/** An index as PyTorch's: HTML, escaped `+`, no upload times, and files on another host. */
async function startHtmlIndex(published: Readonly<Record<string, readonly Distribution[]>>) {
  const requests: string[] = [];
  const files = createServer((request, response) => {
    requests.push(`file ${request.url}`);
    const name = decodeURIComponent(request.url ?? '').slice(1);
    const found = Object.values(published)
      .flat()
      .find(({ filename }) => filename === name);
    response.writeHead(found === undefined ? 404 : 200).end(found?.bytes);
  });
  const pages = createServer((request, response) => {
    requests.push(`page ${request.url}`);
    const name = /^\/whl\/cpu\/([^/]+)\/$/.exec(request.url ?? '')?.[1] ?? '';
    const links = (published[name] ?? []).map(
      ({ filename, sha256 }) => `<a href="${origin(files)}/${encodeURIComponent(filename)}#sha256=${sha256}">x</a><br>`,
    );
    response.writeHead(links.length === 0 ? 404 : 200, { 'content-type': 'text/html' });
    response.end(`<!DOCTYPE html><html><body>${links.join('\n')}</body></html>`);
  });
  const origin = (server: typeof pages) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const server of [files, pages]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const server of [files, pages]) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { url: `${origin(pages)}/whl/cpu`, requests, close };
}

let other: Awaited<ReturnType<typeof startHtmlIndex>>;

beforeAll(async () => {
  const { user, packageIndex } = stage;
  other = await startHtmlIndex({
    torchy: [
      wheel({ name: 'torchy', version: '2.3.1+cpu', requires: ['helper'] }),
      wheel({ name: 'torchy', version: '2.2.0+cpu' }),
    ],
    helper: [wheel({ name: 'helper', version: '99.0' })],
  });
  packageIndex.publish('torchy', '2.3.1', wheel({ name: 'torchy', version: '2.3.1' }));
  packageIndex.publish('torchy', '99.0', wheel({ name: 'torchy', version: '99.0' }));
  packageIndex.publish('helper', '1.0', wheel({ name: 'helper', version: '1.0' }));
  const indexes = [{ url: other.url, names: ['torchy', 'nvidiay-*'] }];
  await writeFile(user.path('policy.json'), JSON.stringify({ ...recommendedPolicy, name: 'ours', indexes }));
  user.environment.AWSPIP_POLICY = user.path('policy.json');
});
afterAll(() => other.close());

const version = async (target: string, folder: string) =>
  /^Version: (.*)$/m.exec(await readFile(stage.user.path(target, `${folder}.dist-info`, 'METADATA'), 'utf8'))?.[1];

test('a listed name comes from its index, every other name from the main one, and neither is asked for the other’s', async () => {
  const { user, packageIndex } = stage;
  const run = await user.install(['--target', 'one', '--extra-index-url', other.url, 'torchy==2.3.1']);
  expect([run.exitCode, run.exitCode === 0 ? '' : run.stderr]).toEqual([0, '']);
  expect(await version('one', 'torchy-2.3.1+cpu')).toBe('2.3.1+cpu');
  expect(await version('one', 'helper-1.0')).toBe('1.0');
  expect(run.stderr).toContain(`passed over the index \`${other.url}\`; the policy takes torchy, nvidiay-* from it`);
  expect(packageIndex.requests.filter((url) => url.includes('torchy'))).toEqual([]);
  expect(packageIndex.requests.some((url) => url.includes('helper'))).toBe(true);
  expect(other.requests.filter((request) => !request.includes('torchy'))).toEqual([]);
  const explained = await user.run(['explain', 'torchy==2.3.1+cpu']);
  expect(explained.stdout).toContain(other.url);
});

longTest('a requirements file may name the listed index, and pin a local version', async () => {
  const { user, packageIndex } = stage;
  await writeFile(user.path('r.txt'), `--index-url ${other.url}/\ntorchy==2.2.0+cpu\n`);
  const run = await user.install(['--target', 'two', '-r', user.path('r.txt')]);
  expect([run.exitCode, run.exitCode === 0 ? '' : run.stderr]).toEqual([0, '']);
  expect(await version('two', 'torchy-2.2.0+cpu')).toBe('2.2.0+cpu');
  expect(packageIndex.requests.filter((url) => url.includes('torchy'))).toEqual([]);
});

longTest('uv takes the vetted repository in place of the listed index', async ({ skip }) => {
  const uv = await installer('uv');
  if (uv === undefined) return skip('uv is not available');
  const { user, packageIndex } = stage;
  const argv = ['pip', 'install', '--target', user.path('uv'), '--extra-index-url', other.url, 'torchy==2.2.0+cpu'];
  const run = await user.run(['exec', '--', 'uv', ...argv], {
    PATH: `${uv}${path.delimiter}${user.environment.PATH}`,
    UV_CACHE_DIR: user.path('uv-cache'),
  });
  expect([run.exitCode, run.exitCode === 0 ? '' : run.stderr]).toEqual([0, '']);
  expect(run.stderr).toContain('passed over the index');
  expect(await version('uv', 'torchy-2.2.0+cpu')).toBe('2.2.0+cpu');
  expect(packageIndex.requests.filter((url) => url.includes('torchy'))).toEqual([]);
});

longTest('a listed name is not taken from elsewhere while its index is down', async () => {
  const { user, packageIndex } = stage;
  other.close();
  const run = await user.install(['--target', 'three', 'torchy==99.0']);
  expect(run.exitCode).toBe(69);
  expect(run.stderr).toContain('torchy');
  expect(packageIndex.requests.filter((url) => url.includes('torchy'))).toEqual([]);
});
