import { expect, test } from 'vitest';
import { openSources } from '../../src/firewall/sources/sources.ts';
import type { SourceAddresses } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { directHttp } from '../helpers/direct-http.ts';

/** The public sources. A test is skipped if its source cannot be reached. */
const addresses: SourceAddresses = {
  pypi: 'https://pypi.org',
  pypistats: 'https://pypistats.org',
  github: 'https://api.github.com',
  depsDev: 'https://api.deps.dev',
  osv: 'https://api.osv.dev',
};

async function isReachable(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(4_000), redirect: 'manual' });
    await response.body?.cancel();
    return response.status < 500 && ![403, 407, 429].includes(response.status);
  } catch {
    return false;
  }
}

const reachable = Object.fromEntries(
  await Promise.all(Object.entries(addresses).map(async ([name, url]) => [name, await isReachable(url)] as const)),
);
const open = () => openSources({ http: directHttp, addresses, now: Date.now, userAgent: 'awspip/test' });
const requests = normaliseName('requests');

test.skipIf(!reachable.pypi)(
  'PyPI returns the releases of request2 with times and kinds, and the repository',
  async () => {
    expect(await open().project(normaliseName('request2'))).toMatchObject({
      known: true,
      value: {
        newest: '0.2',
        repository: 'raphamoral/request2',
        releases: { '0.2': { uploadedAt: '2021-10-03T20:30:41.515Z', kinds: 'sdist', yanked: false } },
      },
    });
  },
);

test.skipIf(!reachable.pypi)('PyPI does not have an unregistered project', async () => {
  expect(await open().project(normaliseName('zzqx-unregistered-project'))).toMatchObject({
    known: true,
    value: null,
  });
});

test.skipIf(!reachable.pypistats)('pypistats returns hundreds of millions of downloads for requests', async () => {
  const downloads = await open().downloads(requests);
  expect(downloads.known && downloads.value).toBeGreaterThan(100_000_000);
});

test.skipIf(!reachable.github && !reachable.depsDev)('GitHub or deps.dev returns the stars of requests', async () => {
  const stars = await open().stars('psf/requests');
  expect(stars.known && stars.value).toBeGreaterThan(10_000);
});

test.skipIf(!reachable.osv)('OSV returns the advisories on jinja2, for single queries and in a batch', async () => {
  const sources = open();
  const versions = ['2.4.1', '2.10'];
  const signals = await Promise.all(
    versions.map((version) => sources.vulnerabilities?.(normaliseName('jinja2'), version)),
  );
  for (const signal of signals) expect(signal?.known && signal.value.length).toBeGreaterThan(0);
  expect(await sources.malware(requests, '2.32.3')).toMatchObject({ known: true, value: [] });
});
