import { describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { type Policy, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { ProjectFacts, Sources } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, ProjectPage } from '../../src/index/types.ts';
import { known, now, unknown } from './facts.ts';

const dead: Sources = {
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

const alive: Sources = {
  project: async () => known(facts),
  downloads: async () => known(5_000),
  stars: async () => known(100),
  malware: async () => known([]),
};

const open = (sources: Partial<Sources>, policy: Partial<Policy> = {}) =>
  openFirewall({
    policy: { ...recommendedPolicy, ...policy },
    sources: { ...dead, ...sources },
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
  test('a ranked project with every source dead is ALLOWED', async () => {
    const { verdict, signals } = await open({}).assess({ name: 'Requests', version: '2.32.3' });
    expect(verdict).toMatchObject({ outcome: 'ALLOWED', level: 'Green', score: { min: 0, max: 30 } });
    expect(signals.downloads).toMatchObject({ value: 1_000, source: 'popularity list', lowerBound: true });
  });

  test('an unranked project with every source dead is HELD', async () => {
    const { verdict } = await open({}).assess({ name: 'zzqx', version: '1.0' });
    expect(verdict).toMatchObject({ outcome: 'HELD', score: { min: 0, max: 50 } });
  });

  test('a known unranked project is ALLOWED, its newest release too young is HELD', async () => {
    const sources = {
      ...alive,
      project: async () => known({ ...facts, releases: { ...facts.releases, ...older(5) } }),
    };
    expect((await open(sources).assess({ name: 'zzqx', version: '1.0' })).verdict.outcome).toBe('ALLOWED');
    const newest = await open(sources).assess({ name: 'zzqx', version: null });
    expect(newest).toMatchObject({
      version: '2.0',
      verdict: { outcome: 'HELD', heldUntil: '2026-11-25T00:00:00.000Z' },
    });
  });

  test('a name that is none is refused', async () => {
    await expect(open(alive).assess({ name: '../etc', version: null })).rejects.toMatchObject({ code: 'name-invalid' });
    await expect(open(alive).assess({ name: 'x'.repeat(10_000_000), version: null })).rejects.toThrow(/x…/);
  });

  test('a project without a repository has 0 stars, known', async () => {
    const project = async () => known({ ...facts, repository: null });
    const { signals } = await open({ ...alive, project, stars: async () => unknown }).assess({
      name: 'zzqx',
      version: '1.0',
    });
    expect(signals.stars).toMatchObject({ known: true, value: 0 });
  });

  test('a threshold above the popularity list’s bound is asked of pypistats', async () => {
    const rules = [{ signal: 'downloads', below: 1_000_000, points: 20, unknown: 'interval' }] as const;
    expect((await open(alive, { rules }).assess({ name: 'requests', version: '1.0' })).signals.downloads).toMatchObject(
      {
        value: 5_000,
      },
    );
    const deadVerdict = await open({}, { rules }).assess({ name: 'requests', version: '1.0' });
    expect(deadVerdict.verdict.score).toEqual({ min: 0, max: 20 });
  });

  test('internal names are sent to no source', async () => {
    const asked: string[] = [];
    const spy = async (name: string) => {
      asked.push(name);
      return unknown;
    };
    const { verdict } = await open({ project: spy, downloads: spy, malware: spy }, { internal: ['acme-*'] }).assess({
      name: 'Acme_Core',
      version: '1.0',
    });
    expect(asked).toEqual([]);
    expect(verdict.outcome).toBe('HELD');
  });

  test('nobody looks for the files of an internal name where the asker has no page of it', async () => {
    const looked: string[] = [];
    const firewall = openFirewall({
      policy: { ...recommendedPolicy, internal: ['acme-*'] },
      sources: dead,
      now: () => now,
      inspect: async ({ name }) => {
        looked.push(name);
        return known([]);
      },
    });
    await firewall.assess({ name: 'acme-core', version: '1.0' });
    expect(looked).toEqual([]);
    await firewall.assess({ name: 'acme-core', version: '1.0', page: { ...page(), name: normaliseName('acme-core') } });
    await firewall.assess({ name: 'zzqx', version: '1.0' });
    expect(looked).toEqual(['acme-core', 'zzqx']);
  });
});

describe('what an index page adds', () => {
  const wheels = page(
    file('zzqx-1.0-py3-none-any.whl', { uploadTime: '2025-01-01T00:00:00Z', hashes: { sha256: 'aa' } }),
    file('zzqx-1.0.tar.gz', { uploadTime: '2026-11-22T00:00:00Z', hashes: { sha256: 'cc' } }),
    file('zzqx-0.9.tar.gz', { uploadTime: '2024-01-01T00:00:00Z' }),
  );

  test('its counts stand in for PyPI’s as lower bounds', async () => {
    const { signals } = await open({}).assess({ name: 'zzqx', version: '1.0', page: wheels });
    expect(signals.versionsCount).toMatchObject({ value: 2, lowerBound: true });
    expect(signals.lastModified).toMatchObject({ value: '2026-11-22T00:00:00.000Z', lowerBound: true });
  });

  test('a complete page is exact', async () => {
    const { signals } = await open({}).assess({ name: 'zzqx', version: '1.0', page: wheels, pageComplete: true });
    expect(signals.versionsCount).toMatchObject({ value: 2, lowerBound: false });
  });

  test('a release that gained a file is as young as that file', async () => {
    const { verdict } = await open(alive).assess({ name: 'zzqx', version: '1.0', page: wheels });
    expect(verdict.heldUntil).toBe('2026-11-25T00:00:00.000Z');
  });

  test('without upload times PyPI’s are taken, but only for the same files', async () => {
    const same = page(file('zzqx-1.0.tar.gz', { hashes: { sha256: 'aa' } }));
    const other = page(file('zzqx-1.0.tar.gz', { hashes: { sha256: 'ff' } }));
    const assess = async (given: ProjectPage) =>
      (await open(alive).assess({ name: 'zzqx', version: '1.0', page: given })).signals.releasedAt;
    expect(await assess(same)).toMatchObject({ known: true, value: '2025-01-01T00:00:00.000Z' });
    expect(await assess(other)).toMatchObject({ known: false, why: expect.stringContaining('other files') });
  });

  test('its newest release is judged when none is named, as it spells it', async () => {
    const asked: string[] = [];
    const malware = async (_name: string, version: string) => {
      asked.push(version);
      return known([]);
    };
    const spelled = page(file('zzqx-2.0.0.tar.gz'), file('zzqx-10.0.tar.gz'), file('zzqx-11.0rc1.tar.gz'));
    await open({ ...alive, malware }).assess({ name: 'zzqx', version: null, page: spelled });
    expect(asked).toEqual(['10.0']);
  });

  test('a quarantine it tells of blocks', async () => {
    const quarantined = { ...wheels, status: 'quarantined' };
    const { verdict } = await open(alive).assess({ name: 'zzqx', version: '1.0', page: quarantined });
    expect(verdict.outcome).toBe('BLOCKED');
  });

  test('a project that PyPI does not have is not called active', async () => {
    const { signals } = await open({ ...alive, project: async () => known(null) }).assess({
      name: 'zzqx',
      version: '1.0',
    });
    expect(signals.projectStatus.known).toBe(false);
  });
});

function older(count: number): ProjectFacts['releases'] {
  return Object.fromEntries(
    Array.from({ length: count }, (_, place) => [`0.${place}`, { uploadedAt: '2024-01-01T00:00:00.000Z', sha256: [] }]),
  );
}

describe('a young release', () => {
  const time = (day: string) => ({ uploadedAt: `${day}T00:00:00.000Z`, sha256: [] });
  const releases = { ...older(5), '1.0': time('2026-01-01'), '1.1': time('2026-11-22'), '1.2': time('2026-11-22') };
  const project = async () => known({ ...facts, releases });
  const vulnerable =
    (fixedIn: string | null): Sources['vulnerabilities'] =>
    async (_name, version) =>
      known(version === '1.0' ? [{ id: 'PYSEC-2026-1', fixedIn }] : []);
  const judge = async (version: string, vulnerabilities: Sources['vulnerabilities']) =>
    (await open({ ...alive, project, vulnerabilities }).assess({ name: 'zzqx', version })).verdict.outcome;

  test('that is the smallest to fix an advisory on the one before it need not wait', async () => {
    expect(await judge('1.1', vulnerable('1.1'))).toBe('ALLOWED');
    expect(await judge('1.2', vulnerable('1.1'))).toBe('HELD');
    expect(await judge('1.2', vulnerable('1.2'))).toBe('ALLOWED');
    expect(await judge('1.1', vulnerable('1.0.5'))).toBe('ALLOWED');
  });

  test('that fixes nothing known waits', async () => {
    expect(await judge('1.1', vulnerable('1.2'))).toBe('HELD');
    expect(await judge('1.1', vulnerable(null))).toBe('HELD');
    expect(await judge('1.1', async () => known([]))).toBe('HELD');
    expect(await judge('1.1', async () => unknown)).toBe('HELD');
    expect(await judge('1.1', undefined)).toBe('HELD');
  });

  test('is the only one that the advisories of another are asked for', async () => {
    const asked: string[] = [];
    const spy: Sources['vulnerabilities'] = async (_name, version) => {
      asked.push(version);
      return known([]);
    };
    await judge('1.0', spy);
    expect(asked).toEqual(['1.0']);
    await judge('1.1', spy);
    expect(asked).toEqual(['1.0', '1.1', '1.0']);
  });
});
