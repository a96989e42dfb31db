import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/firewall/judge.ts';
import { policyVersion, recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import type { Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { allUnknown, harmless, inputWith, known, request2, unknown } from './facts.ts';

const texts = (verdict: ReturnType<typeof judge>): string[] => verdict.reasons.map(({ text }) => text);

describe('points', () => {
  test.each([recommendedPolicy, referencePolicy])('request2 has 50 points and is Red under $name', (policy) => {
    const verdict = judge({ ...inputWith(request2), policy });
    expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red', score: { min: 50, max: 50 } });
    expect(verdict.reasons).toEqual([
      { text: 'Downloads < 300', points: 20 },
      { text: 'GitHub stars < 30', points: 10 },
      { text: 'Last modified > 2 years', points: 10 },
      { text: 'Versions count < 5', points: 10 },
    ]);
  });

  test('a harmless project is Green with no points', () => {
    expect(judge(inputWith())).toMatchObject({
      outcome: 'ALLOWED',
      level: 'Green',
      score: { min: 0, max: 0 },
      reasons: [],
    });
  });

  test('40 points are Yellow, and Yellow is HELD', () => {
    const verdict = judge(inputWith({ ...request2, lastModified: known('2026-01-01T00:00:00Z') }));
    expect(verdict).toMatchObject({ outcome: 'HELD', level: 'Yellow', score: { min: 40, max: 40 } });
  });

  test.each([
    ['downloads', 299, 300],
    ['stars', 29, 30],
    ['versionsCount', 4, 5],
  ] as const)('%s fires at %i and not at %i', (signal, below, threshold) => {
    expect(judge(inputWith({ [signal]: known(below) })).score.max).toBeGreaterThan(0);
    expect(judge(inputWith({ [signal]: known(threshold) })).score.max).toBe(0);
  });

  test('two years are calendar years', () => {
    expect(judge(inputWith({ lastModified: known('2024-11-22T23:59:59Z') })).score.max).toBe(10);
    expect(judge(inputWith({ lastModified: known('2024-11-23T00:00:01Z') })).score.max).toBe(0);
  });

  test('a similar name adds points and is part of the reason', () => {
    const similar = [{ target: normaliseName('requests'), confidence: 0.95 }];
    const verdict = judge(inputWith({ similar, downloads: known(3) }));
    expect(verdict).toMatchObject({ outcome: 'HELD', level: 'Yellow', similarPackages: ['requests'] });
    expect(texts(verdict)).toContain('Name similar to requests');
  });
});

describe('unknown signals', () => {
  test('with only the popularity list, a ranked project is Green with at most 30 points', () => {
    const downloads = known(1_000, { lowerBound: true });
    const verdict = judge(inputWith({ ...allUnknown, downloads, rank: 9_000 }));
    expect(verdict).toMatchObject({ outcome: 'ALLOWED', level: 'Green', score: { min: 0, max: 30 } });
    const notes = verdict.findings.filter(({ rule }) => ['malware', 'cooldown', 'quarantined'].includes(rule));
    expect(notes.map(({ state, note }) => [state, note?.includes('passed')])).toEqual([
      ['unknown', true],
      ['unknown', true],
      ['unknown', true],
    ]);
  });

  test('without any source, an unranked project is HELD and the reasons name the unknown signals', () => {
    const verdict = judge(inputWith(allUnknown));
    expect(verdict).toMatchObject({ outcome: 'HELD', score: { min: 0, max: 50 } });
    for (const label of ['Downloads', 'GitHub stars', 'Versions count', 'Last modified', 'Malware', 'Upload time']) {
      expect(texts(verdict)).toContainEqual(expect.stringMatching(new RegExp(`^${label}.* unknown: test could not`)));
    }
  });

  test('an unknown signal that cannot change the level does not hold', () => {
    expect(judge(inputWith({ stars: unknown }))).toMatchObject({ outcome: 'ALLOWED', score: { min: 0, max: 10 } });
  });

  test('an unknown signal does not change a verdict that is Red without it', () => {
    const verdict = judge(inputWith({ ...request2, malware: unknown }));
    expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red' });
    expect(texts(verdict)).toHaveLength(4);
  });

  test('the count of a partial list is a lower bound', () => {
    expect(judge(inputWith({ versionsCount: known(3, { lowerBound: true }) })).score).toEqual({ min: 0, max: 10 });
    expect(judge(inputWith({ versionsCount: known(7, { lowerBound: true }) })).score).toEqual({ min: 0, max: 0 });
  });

  test('an old newest upload in a partial list is unknown', () => {
    const lastModified = known('2020-01-01T00:00:00Z', { lowerBound: true });
    expect(judge(inputWith({ lastModified })).score).toEqual({ min: 0, max: 10 });
  });

  test('an invalid time is unknown', () => {
    const verdict = judge(inputWith({ lastModified: known('soon'), releasedAt: known('soon') }));
    expect(verdict.score).toEqual({ min: 0, max: 10 });
    expect(verdict.outcome).toBe('HELD');
  });

  test('the level is Green if and only if the outcome is ALLOWED, and then the maximum score is Green', () => {
    const signal = <T>(values: readonly T[]) => fc.constantFrom(unknown, ...values.map((value) => known(value)));
    const anySignals = fc.record({
      downloads: signal([1, 1_000]),
      stars: signal([1, 1_000]),
      versionsCount: signal([1, 50]),
      lastModified: signal(['2020-01-01T00:00:00Z', '2026-10-01T00:00:00Z']),
      malware: signal([[], ['MAL-1']]),
      releasedAt: signal(['2026-11-22T12:00:00Z', '2026-10-01T00:00:00Z']),
      rank: fc.constantFrom(null, 7),
    });
    fc.assert(
      fc.property(anySignals, (signals) => {
        const verdict = judge(inputWith(signals as Partial<Signals>));
        expect(verdict.score.min).toBeLessThanOrEqual(verdict.score.max);
        expect(verdict.level === 'Green').toBe(verdict.outcome === 'ALLOWED');
        if (verdict.outcome === 'ALLOWED') expect(verdict.score.max).toBeLessThan(40);
        if (verdict.outcome === 'BLOCKED') expect(verdict.level).toBe('Red');
      }),
    );
  });
});

describe('gates', () => {
  test('a malware advisory blocks regardless of the score', () => {
    const verdict = judge(inputWith({ malware: known(['MAL-2026-1']), rank: 3 }));
    expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red', score: { min: 0, max: 0 } });
    expect(texts(verdict)).toEqual(['Known malware: MAL-2026-1']);
  });

  test('a quarantined project is blocked', () => {
    expect(judge(inputWith({ projectStatus: known('quarantined') })).outcome).toBe('BLOCKED');
    expect(judge(inputWith({ projectStatus: known('archived') })).outcome).toBe('ALLOWED');
  });

  test('a release is on hold until it is three days old', () => {
    const verdict = judge(inputWith({ releasedAt: known('2026-11-21T06:00:00Z'), rank: 1 }));
    expect(verdict).toMatchObject({ outcome: 'HELD', level: 'Yellow', heldUntil: '2026-11-24T06:00:00.000Z' });
    expect(texts(verdict)).toEqual(['Released less than 3 days ago']);
    expect(judge(inputWith({ releasedAt: known('2026-11-20T00:00:00Z') })).outcome).toBe('ALLOWED');
  });

  test('an upload time in the future is within the cooldown', () => {
    expect(judge(inputWith({ releasedAt: known('2999-01-01T00:00:00Z') })).outcome).toBe('HELD');
  });

  test('an unknown upload time passes ranked projects and holds others', () => {
    expect(judge(inputWith({ releasedAt: unknown })).outcome).toBe('HELD');
    expect(judge(inputWith({ releasedAt: unknown, rank: 14_000 })).outcome).toBe('ALLOWED');
  });

  test('the policy may hold ranked projects as well if a gate’s signal is unknown', () => {
    const strict = { ranked: 'hold', unranked: 'hold' } as const;
    const gates = { ...recommendedPolicy.gates, malware: { enabled: true, unknown: strict } };
    expect(judge(inputWith({ malware: unknown, rank: 1 }, { gates })).outcome).toBe('HELD');
  });
});

describe('lists', () => {
  const entry = { name: 'exam*', reason: 'tested' };

  test('the block list blocks regardless of the score, with the reason of the entry', () => {
    const verdict = judge(inputWith({ rank: 1 }, { block: [entry] }));
    expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red' });
    expect(texts(verdict)).toEqual(['Block list: tested']);
  });

  test('the allow list overrides points, holds and unknown signals', () => {
    expect(judge(inputWith(request2, { allow: [entry] })).outcome).toBe('ALLOWED');
    expect(judge(inputWith(allUnknown, { allow: [entry] })).outcome).toBe('ALLOWED');
    expect(judge(inputWith({ releasedAt: known('2026-11-22T00:00:00Z') }, { allow: [entry] })).outcome).toBe('ALLOWED');
  });

  test('the allow list does not override malware, quarantine or the block list', () => {
    expect(judge(inputWith({ malware: known(['MAL-1']) }, { allow: [entry] })).outcome).toBe('BLOCKED');
    expect(judge(inputWith({ projectStatus: known('quarantined') }, { allow: [entry] })).outcome).toBe('BLOCKED');
    expect(judge(inputWith({}, { allow: [entry], block: [entry] })).outcome).toBe('BLOCKED');
  });

  test.each([
    [{ ...entry, versions: '<2' }, 'BLOCKED'],
    [{ ...entry, versions: '>=2' }, 'ALLOWED'],
    [{ ...entry, until: '2026-11-23' }, 'BLOCKED'],
    [{ ...entry, until: '2026-11-22' }, 'ALLOWED'],
    [{ ...entry, name: 'Exam_ple' }, 'ALLOWED'],
    [{ ...entry, name: '*' }, 'BLOCKED'],
    [{ ...entry, name: 'e*m*e' }, 'BLOCKED'],
    [{ ...entry, name: 'e*z*e' }, 'ALLOWED'],
    [{ ...entry, name: 'example*example' }, 'ALLOWED'],
  ])('a block entry %j makes example 1.0 %s', (block, outcome) => {
    expect(judge(inputWith({}, { block: [block] })).outcome).toBe(outcome);
  });
});

describe('the policy version', () => {
  test('changes with every key that decides a verdict, and with nothing else', () => {
    const base = policyVersion(recommendedPolicy);
    expect(base).toMatch(/^recommended-[0-9a-f]{8}$/);
    expect(policyVersion({ ...recommendedPolicy, levels: { red: 50, yellow: 40 } })).toBe(base);
    expect(policyVersion({ ...recommendedPolicy, levels: { red: 60, yellow: 40 } })).not.toBe(base);
    expect(policyVersion({ ...recommendedPolicy, block: [{ name: 'x', reason: 'y' }] })).not.toBe(base);
  });

  test('is part of the verdict', () => {
    expect(judge({ ...inputWith(), signals: harmless }).policyVersion).toBe(policyVersion(recommendedPolicy));
  });
});
