import { describe, expect, test } from 'vitest';
import { fitsName } from '../../src/firewall/fits-name.ts';
import { judge } from '../../src/firewall/judge.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { FurtherSignals, Reach, Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { allUnknown, harmless, inputWith, known, now, request2, unknown } from './facts.ts';

type Gate = Exclude<keyof Policy['gates'], 'malware' | 'quarantined' | 'cooldown' | 'installCode' | 'newProject'>;

/** Returns the recommended policy with one more gate enabled. */
const enabled = (gate: Gate, does: 'hold' | 'block' = 'hold'): Partial<Policy> => ({
  gates: { ...recommendedPolicy.gates, [gate]: { ...recommendedPolicy.gates[gate], enabled: true, does } },
});

const firing: readonly [Gate, keyof FurtherSignals | 'projectStatus', Partial<Signals>, RegExp][] = [
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
    /psf\/requests does not fit the project name/,
  ],
  ['unattested', 'attested', { attested: known(false) }, /No publish attestation/],
];

describe.each(firing)('the gate %s', (gate, signal, signals, text) => {
  test('is disabled in the recommended policy', () => {
    expect(judge(inputWith(signals))).toMatchObject({ outcome: 'ALLOWED', reasons: [] });
  });

  test('holds or blocks as the policy says, with a reason', () => {
    expect(judge(inputWith(signals, enabled(gate)))).toMatchObject({ outcome: 'HELD', level: 'Yellow' });
    const verdict = judge(inputWith(signals, enabled(gate, 'block')));
    expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red' });
    expect(verdict.reasons[0]?.text).toMatch(text);
  });

  test('passes a harmless release', () => {
    expect(judge(inputWith({}, enabled(gate))).outcome).toBe('ALLOWED');
  });

  test('holds unranked releases if its signal is unknown, and passes ranked ones with a note', () => {
    expect(judge(inputWith({ [signal]: unknown }, enabled(gate))).outcome).toBe('HELD');
    // Older records lack a signal that was added later. They all have the project status.
    const { [signal]: _, ...olderRecord } = harmless;
    if (signal !== 'projectStatus')
      expect(judge({ ...inputWith({}, enabled(gate)), signals: olderRecord as Signals }).outcome).toBe('HELD');
    const ranked = judge(inputWith({ [signal]: unknown, rank: 5 }, enabled(gate)));
    expect(ranked.outcome).toBe('ALLOWED');
    expect(ranked.findings.find(({ rule }) => rule === gate)?.note).toContain('passed, because the policy allows it');
  });
});

describe('install-time code', () => {
  const codeWith = (reach: Reach) => ({
    installCode: known([{ file: 'x-1.0.tar.gz: setup.py', reach, word: 'os.system' }]),
  });

  test.each(['network', 'shell', 'hidden', 'startup', 'startup-reach'] as const)(
    'with the finding %s holds an unranked release',
    (reach) => {
      const verdict = judge(inputWith(codeWith(reach)));
      expect(verdict.outcome).toBe('HELD');
      expect(verdict.reasons[0]?.text).toContain('setup.py');
    },
  );

  test('of ranked projects may run programs and run at startup, but not use the network or hide code', () => {
    for (const reach of ['shell', 'startup', 'more-than-setup'] as const) {
      expect(judge(inputWith({ ...codeWith(reach), rank: 100 })).outcome).toBe('ALLOWED');
    }
    for (const reach of ['network', 'hidden', 'startup-reach'] as const) {
      expect(judge(inputWith({ ...codeWith(reach), rank: 100 })).outcome).toBe('HELD');
    }
  });

  test('that does more than call `setup()` passes', () => {
    expect(judge(inputWith(codeWith('more-than-setup'))).outcome).toBe('ALLOWED');
  });

  test('is unknown after a partial inspection without findings', () => {
    const partial = { installCode: { ...known([]), note: 'inspected 12 of 30 files', lowerBound: true } };
    expect(judge(inputWith(partial)).outcome).toBe('HELD');
    expect(judge(inputWith({ ...partial, rank: 100 })).outcome).toBe('ALLOWED');
  });
});

test('a project is new until its first release is old enough; with a partial list it is unknown', () => {
  const gates = {
    ...recommendedPolicy.gates,
    newProject: { ...recommendedPolicy.gates.newProject, enabled: true, days: 30 },
  };
  const first = (day: string, lowerBound = false) =>
    inputWith({ firstReleasedAt: known(day, { lowerBound }) }, { gates });
  expect(judge(first('2026-11-01T00:00:00Z')).reasons[0]?.text).toBe('First released less than 30 days ago');
  expect(judge(first('2026-10-01T00:00:00Z')).outcome).toBe('ALLOWED');
  expect(judge(first('2026-11-01T00:00:00Z', true)).reasons[0]?.text).toContain('unknown');
  expect(judge(first('soon')).outcome).toBe('HELD');
});

describe('the cooldown', () => {
  const recent = { releasedAt: known('2026-11-22T00:00:00Z') };

  test('does not hold the smallest release that fixes an advisory', () => {
    const verdict = judge(inputWith({ ...recent, fixes: known(['PYSEC-2026-1']) }));
    expect(verdict).toMatchObject({ outcome: 'ALLOWED', heldUntil: undefined });
    expect(verdict.findings.find(({ rule }) => rule === 'cooldown')?.note).toContain('PYSEC-2026-1');
  });

  test('holds a release that fixes nothing or whose fixes are unknown', () => {
    expect(judge(inputWith({ ...recent, fixes: known([]) })).outcome).toBe('HELD');
    expect(judge(inputWith({ ...recent, fixes: unknown })).outcome).toBe('HELD');
  });

  test('exempts a fix from no other gate or rule', () => {
    expect(judge(inputWith({ ...recent, fixes: known(['X']), malware: known(['MAL-1']) })).outcome).toBe('BLOCKED');
    expect(judge(inputWith({ ...request2, ...recent, fixes: known(['X']) })).outcome).not.toBe('ALLOWED');
  });
});

test('with all signals unknown and all gates enabled, a ranked project is Green and others are on hold', () => {
  const gates = Object.fromEntries(
    Object.entries(recommendedPolicy.gates).map(([gate, settings]) => [
      gate,
      gate === 'own' ? settings : { ...settings, enabled: true },
    ]),
  ) as unknown as Policy['gates'];
  expect(
    judge(inputWith({ ...allUnknown, downloads: known(1_000, { lowerBound: true }), rank: 9 }, { gates })),
  ).toMatchObject({
    outcome: 'ALLOWED',
    score: { max: 30 },
  });
  expect(judge(inputWith(allUnknown, { gates })).outcome).toBe('HELD');
});

test('`notify` changes neither the verdict nor the policy version', () => {
  expect(policyVersion({ ...recommendedPolicy, notify: { on: [], digestAfter: 5 } })).toBe(
    policyVersion(recommendedPolicy),
  );
  expect(judge({ ...inputWith(), signals: harmless, now }).policyVersion).toBe(policyVersion(recommendedPolicy));
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
