import { describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { type Policy, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { ProjectFacts, Sources } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, ProjectPage } from '../../src/index/types.ts';
import { known, now, unknown } from './facts.ts';

const unreachableSources: Sources = {
  project: async () => unknown,
  downloads: async () => unknown,
  stars: async () => unknown,
  malware: async () => unknown,
};

const facts: ProjectFacts = {
  newest: '2.0',
  releases: {
    '1.0': { uploadedAt: '2025-01-01T00:00:00.000Z', sha256: ['aa'] },
    '2.0': { uploadedAt: '2026-11-22T00:00:00.000Z', sha256: ['bb'] },
  },
  repository: 'owner/name',
  status: null,
};

const workingSources: Sources = {
  project: async () => known(facts),
  downloads: async () => known(5_000),
  stars: async () => known(100),
  malware: async () => known([]),
};

const open = (sources: Partial<Sources>, policy: Partial<Policy> = {}) =>
  openFirewall({
    policy: { ...recommendedPolicy, ...policy },
    sources: { ...unreachableSources, ...sources },
    now: () => now,
    inspect: async () => known([]),
  });

const file = (filename: string, more: Partial<IndexFile> = {}): IndexFile => ({
  filename,
  url: `https://index.example/${filename}`,
  hashes: {},
  yanked: false,
  ...more,
});
const page = (...files: IndexFile[]): ProjectPage => ({ name: normaliseName('zzqx'), files });

describe('assessing', () => {
  test('a ranked project is ALLOWED without any source', async () => {
    const { verdict, signals } = await open({}).assess({ name: 'Requests', version: '2.32.3' });
    expect(verdict).toMatchObject({ outcome: 'ALLOWED', level: 'Green', score: { min: 0, max: 30 } });
    expect(signals.downloads).toMatchObject({ value: 1_000, source: 'popularity list', lowerBound: true });
  });

  test('an unranked project is HELD without any source', async () => {
    const { verdict } = await open({}).assess({ name: 'zzqx', version: '1.0' });
    expect(verdict).toMatchObject({ outcome: 'HELD', score: { min: 0, max: 50 } });
  });

  test('an unranked project with known signals is ALLOWED, and its release within the cooldown is HELD', async () => {
    const sources = {
      ...workingSources,
      project: async () => known({ ...facts, releases: { ...facts.releases, ...olderReleases(5) } }),
    };
    expect((await open(sources).assess({ name: 'zzqx', version: '1.0' })).verdict.outcome).toBe('ALLOWED');
    const newest = await open(sources).assess({ name: 'zzqx', version: null });
    expect(newest).toMatchObject({
      version: '2.0',
      verdict: { outcome: 'HELD', heldUntil: '2026-11-25T00:00:00.000Z' },
    });
  });

  test('an invalid name is an error', async () => {
    await expect(open(workingSources).assess({ name: '../etc', version: null })).rejects.toMatchObject({
      code: 'name-invalid',
    });
    await expect(open(workingSources).assess({ name: 'x'.repeat(10_000_000), version: null })).rejects.toThrow(/x…/);
  });

  test('a project without a repository has 0 stars, not unknown', async () => {
    const project = async () => known({ ...facts, repository: null });
    const { signals } = await open({ ...workingSources, project, stars: async () => unknown }).assess({
      name: 'zzqx',
      version: '1.0',
    });
    expect(signals.stars).toMatchObject({ known: true, value: 0 });
  });

  test('for a threshold above the minimum of the popularity list, pypistats is queried', async () => {
    const rules = [{ signal: 'downloads', below: 1_000_000, points: 20, unknown: 'interval' }] as const;
    expect(
      (await open(workingSources, { rules }).assess({ name: 'requests', version: '1.0' })).signals.downloads,
    ).toMatchObject({
      value: 5_000,
    });
    const withoutSources = await open({}, { rules }).assess({ name: 'requests', version: '1.0' });
    expect(withoutSources.verdict.score).toEqual({ min: 0, max: 20 });
  });

  test('internal names are sent to no source', async () => {
    const requests: string[] = [];
    const spy = async (name: string) => {
      requests.push(name);
      return unknown;
    };
    const { verdict } = await open({ project: spy, downloads: spy, malware: spy }, { internal: ['acme-*'] }).assess({
      name: 'Acme_Core',
      version: '1.0',
    });
    expect(requests).toEqual([]);
    expect(verdict.outcome).toBe('HELD');
  });

  test('the files of an internal name are inspected only if the caller has the page', async () => {
    const inspected: string[] = [];
    const firewall = openFirewall({
      policy: { ...recommendedPolicy, internal: ['acme-*'] },
      sources: unreachableSources,
      now: () => now,
      inspect: async ({ name }) => {
        inspected.push(name);
        return known([]);
      },
    });
    await firewall.assess({ name: 'acme-core', version: '1.0' });
    expect(inspected).toEqual([]);
    await firewall.assess({ name: 'acme-core', version: '1.0', page: { ...page(), name: normaliseName('acme-core') } });
    await firewall.assess({ name: 'zzqx', version: '1.0' });
    expect(inspected).toEqual(['acme-core', 'zzqx']);
  });
});

describe('a declared repository', () => {
  const repositories: Readonly<Record<string, string>> = { requests: 'psf/requests', reqeusts: 'PSF/Requests' };
  const sources: Sources = {
    ...workingSources,
    downloads: async () => known(420),
    stars: async () => known(52_000),
    project: async (name) =>
      known({
        ...facts,
        releases: { '1.0': { uploadedAt: '2026-11-07T00:00:00.000Z', sha256: ['aa'] } },
        repository: repositories[name] ?? null,
      }),
  };

  test('of another, popular project is a finding of its own, and its stars do not count', async () => {
    const { verdict, signals } = await open(sources).assess({ name: 'reqeusts', version: '1.0' });
    expect(verdict.outcome).toBe('HELD');
    expect(verdict.reasons.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'Name like the popular requests',
        'Repository PSF/Requests belongs to the popular project requests',
        'First released less than 30 days ago',
        'GitHub stars < 30',
      ]),
    );
    expect(signals.stars).toMatchObject({ value: 0, note: 'not counted: the repository belongs to requests' });
  });

  test('of the project itself is its own', async () => {
    const { signals } = await open(sources).assess({ name: 'requests', version: '1.0' });
    expect(signals).toMatchObject({ stars: { value: 52_000 }, repository: { value: { state: 'fits' } } });
  });

  test('with the name of a popular project that declares another one is only mismatched', async () => {
    const others = {
      ...sources,
      project: async (name: string) =>
        known({ ...facts, repository: name === 'zzqx' ? 'somebody/requests' : 'psf/requests' }),
    };
    const { signals } = await open(others).assess({ name: 'zzqx', version: '1.0' });
    expect(signals.repository).toMatchObject({ value: { state: 'mismatched', declared: 'somebody/requests' } });
    expect(signals.repository).not.toHaveProperty('value.borrowedFrom');
  });
});

test.each([
  ['hide', 'zzqx-1.0-py3-none-any.whl'],
  ['hold', undefined],
] as const)(
  'under `withheldFiles: %s` a verdict on one file inspects %s, where undefined means every file',
  async (withheldFiles, inspectedFile) => {
    const inspected: (string | undefined)[] = [];
    const firewall = openFirewall({
      policy: { ...recommendedPolicy, withheldFiles },
      sources: workingSources,
      now: () => now,
      inspect: async ({ file: only }) => {
        inspected.push(only);
        return known([]);
      },
    });
    await firewall.assess({ name: 'zzqx', version: '1.0', file: 'zzqx-1.0-py3-none-any.whl' });
    expect(inspected).toEqual([inspectedFile]);
  },
);

describe('files that are inspected after their import', () => {
  const code = [{ file: 'zzqx-1.0.tar.gz/setup.py', reach: 'network', line: 3, word: 'urlopen(' }] as const;
  const openWith = (sources: Partial<Sources>, inspected: object[] = []) =>
    openFirewall({
      policy: recommendedPolicy,
      sources: { ...unreachableSources, ...sources },
      now: () => now,
      inspect: async (release) => {
        inspected.push(release);
        return known(code);
      },
    });
  const subject = { name: 'zzqx', version: '1.0', files: 'later', page: page(file('zzqx-1.0.tar.gz')) } as const;

  test('the reasons of a release that is on hold say what its code does', async () => {
    const { verdict, signals } = await openWith({ ...workingSources, malware: async () => unknown }).assess(subject);
    expect(verdict.outcome).toBe('HELD');
    expect(verdict.reasons.map(({ text }) => text).join()).toMatch(/setup\.py:3 .*urlopen/);
    expect(signals.installCode).toMatchObject({ known: true, value: code });
  });

  test('the files of a release that is allowed are left for later', async () => {
    const inspected: object[] = [];
    const project = async () => known({ ...facts, releases: { ...facts.releases, ...olderReleases(5) } });
    const { verdict } = await openWith({ ...workingSources, project }, inspected).assess(subject);
    expect(verdict.outcome).toBe('ALLOWED');
    expect(inspected).toEqual([]);
  });
});

describe('with an index page', () => {
  const wheels = page(
    file('zzqx-1.0-py3-none-any.whl', { uploadTime: '2025-01-01T00:00:00Z', hashes: { sha256: 'aa' } }),
    file('zzqx-1.0.tar.gz', { uploadTime: '2026-11-22T00:00:00Z', hashes: { sha256: 'cc' } }),
    file('zzqx-0.9.tar.gz', { uploadTime: '2024-01-01T00:00:00Z' }),
  );

  test('without PyPI, the counts of the page are lower bounds', async () => {
    const { signals } = await open({}).assess({ name: 'zzqx', version: '1.0', page: wheels });
    expect(signals.versionsCount).toMatchObject({ value: 2, lowerBound: true });
    expect(signals.lastModified).toMatchObject({ value: '2026-11-22T00:00:00.000Z', lowerBound: true });
  });

  test('the counts of a complete page are exact', async () => {
    const { signals } = await open({}).assess({ name: 'zzqx', version: '1.0', page: wheels, pageComplete: true });
    expect(signals.versionsCount).toMatchObject({ value: 2, lowerBound: false });
  });

  test('the cooldown of a release starts with its newest file', async () => {
    const { verdict } = await open(workingSources).assess({ name: 'zzqx', version: '1.0', page: wheels });
    expect(verdict.heldUntil).toBe('2026-11-25T00:00:00.000Z');
  });

  test('without upload times on the page, those of PyPI count if PyPI has the same files', async () => {
    const same = page(file('zzqx-1.0.tar.gz', { hashes: { sha256: 'aa' } }));
    const other = page(file('zzqx-1.0.tar.gz', { hashes: { sha256: 'ff' } }));
    const releasedAt = async (indexPage: ProjectPage) =>
      (await open(workingSources).assess({ name: 'zzqx', version: '1.0', page: indexPage })).signals.releasedAt;
    expect(await releasedAt(same)).toMatchObject({ known: true, value: '2025-01-01T00:00:00.000Z' });
    expect(await releasedAt(other)).toMatchObject({ known: false, why: expect.stringContaining('other files') });
  });

  test('without a version, the newest final release of the page is judged', async () => {
    const versions: string[] = [];
    const malware = async (_name: string, version: string) => {
      versions.push(version);
      return known([]);
    };
    const releases = page(file('zzqx-2.0.0.tar.gz'), file('zzqx-10.0.tar.gz'), file('zzqx-11.0rc1.tar.gz'));
    await open({ ...workingSources, malware }).assess({ name: 'zzqx', version: null, page: releases });
    expect(versions).toEqual(['10.0']);
  });

  test('a project that the page calls quarantined is blocked', async () => {
    const quarantined = { ...wheels, status: 'quarantined' };
    const { verdict } = await open(workingSources).assess({ name: 'zzqx', version: '1.0', page: quarantined });
    expect(verdict.outcome).toBe('BLOCKED');
  });

  test('the status of a project that PyPI does not have is unknown', async () => {
    const { signals } = await open({ ...workingSources, project: async () => known(null) }).assess({
      name: 'zzqx',
      version: '1.0',
    });
    expect(signals.projectStatus.known).toBe(false);
  });
});

function olderReleases(count: number): ProjectFacts['releases'] {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`0.${index}`, { uploadedAt: '2024-01-01T00:00:00.000Z', sha256: [] }]),
  );
}

describe('a release within the cooldown', () => {
  const time = (day: string) => ({ uploadedAt: `${day}T00:00:00.000Z`, sha256: [] });
  const releases = {
    ...olderReleases(5),
    '1.0': time('2026-01-01'),
    '1.1': time('2026-11-22'),
    '1.2': time('2026-11-22'),
  };
  const project = async () => known({ ...facts, releases });
  const vulnerable =
    (fixedIn: string | null): Sources['vulnerabilities'] =>
    async (_name, version) =>
      known(version === '1.0' ? [{ id: 'PYSEC-2026-1', fixedIn }] : []);
  const judge = async (version: string, vulnerabilities: Sources['vulnerabilities']) =>
    (await open({ ...workingSources, project, vulnerabilities }).assess({ name: 'zzqx', version })).verdict.outcome;

  test('is ALLOWED if it is the smallest fix of an advisory on the previous release', async () => {
    expect(await judge('1.1', vulnerable('1.1'))).toBe('ALLOWED');
    expect(await judge('1.2', vulnerable('1.1'))).toBe('HELD');
    expect(await judge('1.2', vulnerable('1.2'))).toBe('ALLOWED');
    expect(await judge('1.1', vulnerable('1.0.5'))).toBe('ALLOWED');
  });

  test('is HELD if it fixes no known advisory', async () => {
    expect(await judge('1.1', vulnerable('1.2'))).toBe('HELD');
    expect(await judge('1.1', vulnerable(null))).toBe('HELD');
    expect(await judge('1.1', async () => known([]))).toBe('HELD');
    expect(await judge('1.1', async () => unknown)).toBe('HELD');
    expect(await judge('1.1', undefined)).toBe('HELD');
  });

  test('causes a query for the advisories of the previous release', async () => {
    const versions: string[] = [];
    const spy: Sources['vulnerabilities'] = async (_name, version) => {
      versions.push(version);
      return known([]);
    };
    await judge('1.0', spy);
    expect(versions).toEqual(['1.0']);
    await judge('1.1', spy);
    expect(versions).toEqual(['1.0', '1.1', '1.0']);
  });
});
