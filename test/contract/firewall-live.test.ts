import { expect, test } from 'vitest';
import { openSources } from '../../src/firewall/sources/sources.ts';
import type { SourceAddresses } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';

/** The sources themselves, where they can be reached: that they still speak as we read them. */
const addresses: SourceAddresses = {
  pypi: 'https://pypi.org',
  pypistats: 'https://pypistats.org',
  github: 'https://api.github.com',
  depsDev: 'https://api.deps.dev',
  osv: 'https://api.osv.dev',
};

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(4_000), redirect: 'manual' });
    await response.body?.cancel();
    return response.status < 500 && ![403, 407, 429].includes(response.status);
  } catch {
    return false;
  }
}

const reached = Object.fromEntries(
  await Promise.all(Object.entries(addresses).map(async ([name, url]) => [name, await answers(url)] as const)),
);
const open = () => openSources({ fetch, addresses, now: Date.now, userAgent: 'awspip/test' });
const requests = normaliseName('requests');

test.skipIf(!reached.pypi)('PyPI tells the releases of request2, their times, kinds and repository', async () => {
  expect(await open().project(normaliseName('request2'))).toMatchObject({
    known: true,
    value: {
      newest: '0.2',
      repository: 'raphamoral/request2',
      releases: { '0.2': { uploadedAt: '2021-10-03T20:30:41.515Z', kinds: 'sdist', yanked: false } },
    },
  });
});

test.skipIf(!reached.pypi)('PyPI does not have a project that nobody registered', async () => {
  expect(await open().project(normaliseName('zzqx-nobody-registered-this'))).toMatchObject({
    known: true,
    value: null,
  });
});

test.skipIf(!reached.pypistats)('pypistats counts the downloads of requests in hundreds of millions', async () => {
  const downloads = await open().downloads(requests);
  expect(downloads.known && downloads.value).toBeGreaterThan(100_000_000);
});

test.skipIf(!reached.github && !reached.depsDev)('GitHub or deps.dev knows the stars of requests', async () => {
  const stars = await open().stars('psf/requests');
  expect(stars.known && stars.value).toBeGreaterThan(10_000);
});

test.skipIf(!reached.osv)('OSV knows what is wrong with jinja2 2.4.1, alone and in a batch', async () => {
  const opened = open();
  const versions = ['2.4.1', '2.10'];
  const found = await Promise.all(
    versions.map((version) => opened.vulnerabilities?.(normaliseName('jinja2'), version)),
  );
  for (const one of found) expect(one?.known && one.value.length).toBeGreaterThan(0);
  expect(await opened.malware(requests, '2.32.3')).toMatchObject({ known: true, value: [] });
});
