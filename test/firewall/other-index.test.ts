import { describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { mergePolicies } from '../../src/firewall/merge-policies.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import type { Sources } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, ProjectPage } from '../../src/index/types.ts';
import { recheck } from '../../src/workflow/recheck.ts';
import { known, now, unknown } from './facts.ts';

const url = 'https://download.pytorch.org/whl/cpu';
const indexes = [{ url, names: ['torch', 'acme-*'] }];

const file = (filename: string, more: Partial<IndexFile> = {}): IndexFile => ({
  filename,
  url: `${url}/${filename}`,
  hashes: { sha256: 'aa' },
  yanked: false,
  ...more,
});
const wheelOf = (name: string, version: string, more: Partial<IndexFile> = {}): ProjectPage => ({
  name: normaliseName(name),
  files: [file(`${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`, more)],
});

/** Sources that record each name that they are asked about. */
function spies() {
  const asked: string[] = [];
  const spy = async (name: string) => {
    asked.push(name);
    return unknown;
  };
  const sources: Sources = { project: spy, downloads: spy, stars: spy, malware: spy, vulnerabilities: spy };
  return { asked, sources };
}

const open = (sources: Sources, policy: Partial<Policy> = {}, found: readonly object[] = []) =>
  openFirewall({
    policy: { ...recommendedPolicy, indexes, ...policy },
    sources,
    now: () => now,
    inspect: async () => known(found as never),
  });

describe('a release of another index', () => {
  test('is allowed although no source of PyPI knows it, and none is asked', async () => {
    const { asked, sources } = spies();
    const page = wheelOf('acme-tools', '2.3.1+cpu');
    const { verdict } = await open(sources).assess({ name: 'acme-tools', version: '2.3.1+cpu', page });
    expect(verdict).toMatchObject({ outcome: 'ALLOWED', level: 'Green' });
    expect(asked).toEqual([]);
    expect(verdict.findings[0]).toMatchObject({ rule: 'index', value: url, state: 'quiet' });
  });

  test('has no rank and vouches for nothing, even if PyPI has a popular project of that name', async () => {
    const { sources } = spies();
    const firewall = open(sources);
    const { signals } = await firewall.assess({ name: 'torch', version: '2.3.1', page: wheelOf('torch', '2.3.1') });
    expect(signals).toMatchObject({ rank: null, similar: [], contained: [] });
    const needed = await firewall.assess({
      name: 'zzqx',
      version: '1.0',
      requiredBy: [{ name: normaliseName('torch'), version: '2.3.1' }],
    });
    expect(needed.signals.requiredBy).toMatchObject([{ name: 'torch', rank: null }]);
    expect(needed.verdict.outcome).toBe('HELD');
  });

  test('is on hold within the cooldown if the index has upload times', async () => {
    const { sources } = spies();
    const uploadTime = new Date(now - 3_600_000).toISOString();
    const page = wheelOf('torch', '2.3.1', { uploadTime });
    const { verdict } = await open(sources).assess({ name: 'torch', version: '2.3.1', page });
    expect(verdict).toMatchObject({ outcome: 'HELD', heldUntil: expect.any(String) });
  });

  test('is on hold for its code, as that of a project without a rank', async () => {
    const { sources } = spies();
    const code = [{ file: 'torch.whl', reach: 'startup', word: 'torch.pth' }];
    const page = wheelOf('torch', '2.3.1');
    const { verdict } = await open(sources, {}, code).assess({ name: 'torch', version: '2.3.1', page });
    expect(verdict).toMatchObject({ outcome: 'HELD' });
  });

  test('is on hold without the page of its index', async () => {
    const { sources } = spies();
    const { verdict } = await open(sources).assess({ name: 'torch', version: '2.3.1' });
    expect(verdict.outcome).toBe('HELD');
  });

  test('is held by a policy that waits for unknown upload times', async () => {
    const { sources } = spies();
    const { gates } = recommendedPolicy;
    const cooldown = { ...gates.cooldown, unknown: { ranked: 'hold', unranked: 'hold' } } as const;
    const page = wheelOf('torch', '2.3.1');
    const held = await open(sources, { gates: { ...gates, cooldown } }).assess({
      name: 'torch',
      version: '2.3.1',
      page,
    });
    expect(held.verdict.outcome).toBe('HELD');
    const newest = await open(sources, { newest: '2026-01-01' }).assess({ name: 'torch', version: '2.3.1', page });
    expect(newest.verdict.outcome).toBe('HELD');
  });

  test('is blocked by the block list, or as yanked if a gate says so', async () => {
    const { sources } = spies();
    const block = [{ name: 'torch', reason: 'seen' }];
    const page = wheelOf('torch', '2.3.1', { yanked: 'broken' });
    const subject = { name: 'torch', version: '2.3.1', page };
    expect((await open(sources, { block }).assess(subject)).verdict.outcome).toBe('BLOCKED');
    const yanked = { ...recommendedPolicy.gates.yanked, enabled: true };
    const gates = { ...recommendedPolicy.gates, yanked };
    expect((await open(sources, { gates }).assess(subject)).verdict.outcome).toBe('HELD');
  });

  test('is not archived for an advisory on the project of that name on PyPI', async () => {
    const record = { name: normaliseName('torch'), version: '2.3.1', execution: 'e', status: 'SECURE' };
    const asked: string[] = [];
    const summary = await recheck({
      store: { advance: async () => true, approvalsOf: async () => [], putAudit: async () => {} },
      secureReleases: async () => [record as never],
      malware: async (name) => {
        asked.push(name);
        return known(['MAL-2026-1']);
      },
      page: async () => undefined,
      policy: { ...recommendedPolicy, indexes },
      policyVersion: 'x',
      archive: async () => {},
      request: async () => false,
      notify: async () => {},
      now: () => now,
    });
    expect(summary).toMatchObject({ checked: 1, archived: 0 });
    expect(asked).toEqual([]);
  });
});

describe('the policy key `indexes`', () => {
  const errorOf = (policy: object): string => {
    try {
      loadPolicy(JSON.stringify({ name: 'ours', ...policy }));
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };

  test('is read, and changes the version', () => {
    const policy = loadPolicy(JSON.stringify({ name: 'ours', indexes }));
    expect(policy.indexes).toEqual(indexes);
    const versions = [[], indexes, [{ url: 'https://other.example/simple', names: ['torch'] }]].map((each) =>
      policyVersion({ ...policy, indexes: each }),
    );
    expect(new Set(versions).size).toBe(3);
  });

  test.each([
    [
      {
        indexes: [
          { url, names: ['torch'] },
          { url: 'https://b.example', names: ['torch'] },
        ],
      },
      /indexes`: lists `torch` for two/,
    ],
    [
      {
        indexes: [
          { url, names: ['to*'] },
          { url: 'https://b.example', names: ['torch'] },
        ],
      },
      /`to\*` and `torch`/,
    ],
    [{ indexes, internal: ['acme-core'] }, /indexes`: lists `acme-\*`, and `internal` lists `acme-core`/],
    [{ indexes, internal: ['*rch'] }, /`torch`, and `internal`/],
    [{ indexes: [{ url, names: [] }] }, /indexes\.0\.names/],
    [{ indexes: [{ url, names: ['*'] }] }, /normalised project name/],
    [
      { indexes: [{ url: 'https://me:secret@b.example/', names: ['torch'] }] },
      /indexes\.0\.url`: must have no credentials/,
    ],
    [{ indexes: [{ url, names: ['torch'], token: 'x' }] }, /not a key/],
  ])('%j is an error', (policy, message) => {
    expect(errorOf(policy)).toMatch(message);
    expect(errorOf(policy)).not.toContain('secret');
  });

  test('may have internal names that no index has', () => {
    expect(errorOf({ indexes, internal: ['tools-*', 'torch-private'] })).toBe('accepted');
  });

  test('is merged with that of the extended policy, where an overlap is an error too', () => {
    const other = { url: 'https://b.example/simple', names: ['other'] };
    const merged = mergePolicies({ name: 'a', indexes }, { name: 'b', indexes: [other] });
    expect(merged.indexes).toEqual([...indexes, other]);
    const conflict = mergePolicies({ name: 'a', indexes }, { name: 'b', indexes: [{ ...other, names: ['torch'] }] });
    expect(errorOf(conflict)).toMatch(/two indexes/);
  });
});
