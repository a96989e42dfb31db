import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';
import { openRecentPages } from '../../src/workflow/recent-pages.ts';
import { resolve } from '../../src/workflow/resolver/resolve.ts';
import { wheel } from '../helpers/distributions.ts';
import { longTest } from '../helpers/long-form.ts';
import { type Harness, openHarness, requestPage } from '../relay/harness.ts';
import { resolverInput } from '../workflow/resolver/memory-index.ts';

const releases = 5_000;
const newest = wheel({ name: 'large', version: `${releases}.0` });

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

/** Starts an index with one project of 5,000 releases, each with this many wheels, whose entries are padded. */
async function startLargeIndex(wheelsPerRelease: number, padding: number) {
  const entry = (filename: string) => ({
    ...{ filename, url: `/files/${filename}?${'x'.repeat(padding)}`, hashes: { sha256: newest.sha256 } },
    ...{ size: newest.bytes.length, 'upload-time': '2025-01-01T00:00:00Z', yanked: false, 'requires-python': '>=3.8' },
  });
  const names = Array.from({ length: releases }, (_, at) =>
    ['any', ...Array.from({ length: wheelsPerRelease - 1 }, (_each, tag) => `win_arm${tag}`)].map(
      (platform) => `large-${at + 1}.0-py3-none-${platform}.whl`,
    ),
  ).flat();
  const body = JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'large', files: names.map(entry) });
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/files/')) return void response.end(newest.bytes);
    response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, bytes: body.length, files: names.length, close: () => server.close() };
}

async function readEverywhere(wheelsPerRelease: number, padding: number): Promise<{ readonly bytes: number }> {
  const index = await startLargeIndex(wheelsPerRelease, padding);
  const upstream = openUpstreamIndex(
    { indexUrls: [`${index.url}simple/`], findLinks: [], trustedHosts: [], timeoutSeconds: 60 },
    { cacheSeconds: 0 },
  );
  try {
    const pages = openRecentPages(upstream, Date.now);
    const { outcome, releases: chosen } = await resolve(resolverInput(pages.index, { roots: ['large'] }));
    expect(outcome).toBe('solved');
    expect(chosen).toMatchObject([{ name: 'large', version: `${releases}.0` }]);
    const { page } = await pages.pageOf({ name: 'large' as never });
    expect(page?.files).toHaveLength(index.files);

    const relay = await harness.relay({ endpoint: index.url });
    expect((await requestPage(relay, 'large')).links).toHaveLength(index.files);
    expect(relay.observed().failures).toEqual([]);
  } finally {
    await upstream.close();
    index.close();
  }
  return index;
}

test('a project of 5,000 releases is resolved, and served through the relay', async () => {
  expect((await readEverywhere(1, 2_000)).bytes).toBeGreaterThan(8 * 1024 * 1024);
});

longTest('so is one whose page has 60 MB and 100,000 files', { timeout: 120_000 }, async () => {
  expect((await readEverywhere(20, 350)).bytes).toBeGreaterThan(60_000_000);
});
