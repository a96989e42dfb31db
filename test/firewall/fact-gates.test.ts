import { describe, expect, test } from 'vitest';
import { fitsName } from '../../src/firewall/fits-name.ts';
import { judge } from '../../src/firewall/judge.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { FurtherSignals, Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { aCase, harmless, known, now, request2, silence, unknown } from './facts.ts';

type Gate = Exclude<keyof Policy['gates'], 'malware' | 'quarantined' | 'cooldown' | 'installCode' | 'newProject'>;

/** The recommended policy with one more gate closed. */
const closed = (gate: Gate, does: 'hold' | 'block' = 'hold'): Partial<Policy> => ({
  gates: { ...recommendedPolicy.gates, [gate]: { ...recommendedPolicy.gates[gate], enabled: true, does } },
});

const bad: readonly [Gate, keyof FurtherSignals | 'projectStatus', Partial<Signals>, RegExp][] = [
  [
    'vulnerabilities',
    'vulnerabilities',
    { vulnerabilities: known([{ id: 'PYSEC-1', fixedIn: '2.0' }]) },
    /PYSEC-1 \(fixed in 2\.0\)/,
  ],
  ['yanked', 'yanked', { yanked: known('broken') }, /yanked: broken/],
  ['archivedProject', 'projectStatus', { projectStatus: known('archived') }, /Project archived/],
  ['archivedRepository', 'repositoryArchived', { repositoryArchived: known(true) }, /Repository archived/],
  ['sdistOnly', 'distributions', { distributions: known('sdist' as const) }, /no wheel/],
  [
    'missingRepository',
    'repository',
    { repository: known({ state: 'missing' as const, declared: null }) },
    /No repository/,
  ],
  [
    'mismatchedRepository',
    'repository',
    { repository: known({ state: 'mismatched' as const, declared: 'psf/requests' }) },
    /psf\/requests does not fit/,
  ],
  ['unattested', 'attested', { attested: known(false) }, /No attestation/],
];

describe.each(bad)('the gate %s', (gate, signal, signals, words) => {
  test('is open in the recommended policy', () => {
    expect(judge(aCase(signals))).toMatchObject({ outcome: 'ALLOWED', reasons: [] });
  });

  test('holds or blocks as the policy says, and tells why', () => {
    expect(judge(aCase(signals, closed(gate)))).toMatchObject({ outcome: 'HELD', level: 'Yellow' });
    const verdict = judge(aCase(signals, closed(gate, 'block')));
    expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red' });
    expect(verdict.reasons[0]?.text).toMatch(words);
  });

  test('lets the harmless pass', () => {
    expect(judge(aCase({}, closed(gate))).outcome).toBe('ALLOWED');
  });

  test('holds unranked releases while its fact is unknown, and passes ranked ones with a note', () => {
    expect(judge(aCase({ [signal]: unknown }, closed(gate))).outcome).toBe('HELD');
    // Records from before a signal was gathered lack it; the status of a project always was.
    const { [signal]: _, ...before } = harmless;
    if (signal !== 'projectStatus')
      expect(judge({ ...aCase({}, closed(gate)), signals: before as Signals }).outcome).toBe('HELD');
    const ranked = judge(aCase({ [signal]: unknown, rank: 5 }, closed(gate)));
    expect(ranked.outcome).toBe('ALLOWED');
    expect(ranked.findings.find(({ rule }) => rule === gate)?.note).toContain('passed, as the policy says');
  });
});

describe('install-time code', () => {
  const reach = (one: 'network' | 'shell' | 'hidden' | 'startup' | 'startup-reach' | 'more-than-setup') => ({
    installCode: known([{ file: 'x-1.0.tar.gz: setup.py', reach: one, word: 'os.system' }]),
  });

  test.each(['network', 'shell', 'hidden', 'startup', 'startup-reach'] as const)(
    'that reaches for %s holds an unranked release',
    (one) => {
      const verdict = judge(aCase(reach(one)));
      expect(verdict.outcome).toBe('HELD');
      expect(verdict.reasons[0]?.text).toContain('setup.py');
    },
  );

  test('of well-known projects may run compilers and hook into the start, but not reach out', () => {
    for (const one of ['shell', 'startup', 'more-than-setup'] as const) {
      expect(judge(aCase({ ...reach(one), rank: 100 })).outcome).toBe('ALLOWED');
    }
    for (const one of ['network', 'hidden', 'startup-reach'] as const) {
      expect(judge(aCase({ ...reach(one), rank: 100 })).outcome).toBe('HELD');
    }
  });

  test('that does more than call setup is told and passes', () => {
    expect(judge(aCase(reach('more-than-setup'))).outcome).toBe('ALLOWED');
  });

  test('of files of which only some were seen is unknown, not absent', () => {
    const partial = { installCode: { ...known([]), note: 'looked into 12 of 30 wheels', lowerBound: true } };
    expect(judge(aCase(partial)).outcome).toBe('HELD');
    expect(judge(aCase({ ...partial, rank: 100 })).outcome).toBe('ALLOWED');
  });
});

test('a project is new until its first release is old enough; of a partial list that is unknown', () => {
  const gates = {
    ...recommendedPolicy.gates,
    newProject: { ...recommendedPolicy.gates.newProject, enabled: true, days: 30 },
  };
  const first = (day: string, lowerBound = false) => aCase({ firstReleasedAt: known(day, { lowerBound }) }, { gates });
  expect(judge(first('2026-11-01T00:00:00Z')).reasons[0]?.text).toBe('First released less than 30 days ago');
  expect(judge(first('2026-10-01T00:00:00Z')).outcome).toBe('ALLOWED');
  expect(judge(first('2026-11-01T00:00:00Z', true)).reasons[0]?.text).toContain('unknown');
  expect(judge(first('soon')).outcome).toBe('HELD');
});

describe('the cooldown', () => {
  const recent = { releasedAt: known('2026-11-22T00:00:00Z') };

  test('does not hold the smallest release that fixes an advisory', () => {
    const verdict = judge(aCase({ ...recent, fixes: known(['PYSEC-2026-1']) }));
    expect(verdict).toMatchObject({ outcome: 'ALLOWED', heldUntil: undefined });
    expect(verdict.findings.find(({ rule }) => rule === 'cooldown')?.note).toContain('PYSEC-2026-1');
  });

  test('holds where it is not known to fix anything', () => {
    expect(judge(aCase({ ...recent, fixes: known([]) })).outcome).toBe('HELD');
    expect(judge(aCase({ ...recent, fixes: unknown })).outcome).toBe('HELD');
  });

  test('spared by a fix spares nothing else', () => {
    expect(judge(aCase({ ...recent, fixes: known(['X']), malware: known(['MAL-1']) })).outcome).toBe('BLOCKED');
    expect(judge(aCase({ ...request2, ...recent, fixes: known(['X']) })).outcome).not.toBe('ALLOWED');
  });
});

test('silence of every source leaves a ranked project Green and holds the rest, with every gate asked', () => {
  const gates = Object.fromEntries(
    Object.entries(recommendedPolicy.gates).map(([gate, said]) => [gate, { ...said, enabled: true }]),
  ) as unknown as Policy['gates'];
  expect(judge(aCase({ ...silence, downloads: known(1_000, { lowerBound: true }), rank: 9 }, { gates }))).toMatchObject(
    {
      outcome: 'ALLOWED',
      score: { max: 30 },
    },
  );
  expect(judge(aCase(silence, { gates })).outcome).toBe('HELD');
});

test('whom people are told by decides no verdict and changes no version', () => {
  expect(policyVersion({ ...recommendedPolicy, notify: { on: [] } })).toBe(policyVersion(recommendedPolicy));
  expect(judge({ ...aCase(), signals: harmless, now }).policyVersion).toBe(policyVersion(recommendedPolicy));
});

test.each([
  ['psf/requests', 'requests', true],
  ['pallets/flask', 'flask-login', true],
  ['boto/boto3', 'boto3', true],
  ['yaml/pyyaml', 'pyyaml', true],
  ['python-pillow/Pillow', 'pillow', true],
  ['googleapis/google-cloud-python', 'google-cloud-storage', true],
  ['psf/requests', 'zzqx', false],
  ['tensorflow/tensorflow', 'colorful-logs', false],
])('repository %s fits %s: %s', (repository, name, fits) => {
  expect(fitsName(repository, normaliseName(name))).toBe(fits);
});
