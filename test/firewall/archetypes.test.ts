import { describe, expect, test } from 'vitest';
import { judge } from '../../src/firewall/judge.ts';
import { recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import type { Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { harmless, known, now, unknown } from './facts.ts';

const ago = (days: number) => known(new Date(now - days * 86_400_000).toISOString());
const missing = known({ state: 'missing', declared: null } as const);
const target = normaliseName('requests');
const similar = [{ target, confidence: 0.97 }];

const verdictOn = (signals: Partial<Signals>, version = '1.0', policy = recommendedPolicy) =>
  judge({ name: normaliseName('demo'), version, signals: { ...harmless, ...signals }, policy, now });

/** Typical projects: what they look like from outside, and what becomes of them. */
const archetypes: readonly [string, Partial<Signals>, 'ALLOWED' | 'HELD' | 'BLOCKED', RegExp | undefined][] = [
  [
    'malicious on day 4, with 1,200 downloads by its author',
    {
      downloads: known(1_200),
      stars: known(0),
      versionsCount: known(1),
      firstReleasedAt: ago(4),
      lastModified: ago(4),
    },
    'HELD',
    /First released less than 30 days ago/,
  ],
  [
    'malicious on day 45, without links',
    {
      ...{ downloads: known(1_200), stars: known(0), versionsCount: known(2), repository: missing },
      ...{ firstReleasedAt: ago(45), lastModified: ago(45) },
    },
    'HELD',
    /no repository of its own and no history/,
  ],
  [
    'malicious on day 45, with twelve releases on one day',
    {
      ...{ downloads: known(1_200), stars: known(0), versionsCount: known(12), repository: missing },
      ...{ firstReleasedAt: ago(45), lastModified: ago(44) },
    },
    'HELD',
    /no history/,
  ],
  [
    'honest on day 45, with a repository of its own',
    {
      ...{ downloads: known(400), stars: known(12), versionsCount: known(3) },
      ...{ firstReleasedAt: ago(45), lastModified: ago(5), releasedAt: ago(5) },
    },
    'ALLOWED',
    undefined,
  ],
  [
    'honest and small: 120 downloads, 12 releases in 4 years, finished two years ago',
    {
      ...{ downloads: known(120), stars: known(3), versionsCount: known(12) },
      ...{ firstReleasedAt: ago(4 * 366), lastModified: ago(800) },
    },
    'ALLOWED',
    /Versions count ≥ 10 over 3 years/,
  ],
  [
    'abandoned: 40 downloads, 2 releases, nothing since 2021',
    {
      ...{ downloads: known(40), stars: known(0), versionsCount: known(2) },
      ...{ firstReleasedAt: ago(1_900), lastModified: ago(1_870) },
    },
    'BLOCKED',
    /Downloads < 300/,
  ],
  ['old, but with a name like a popular one', { similar }, 'HELD', /Name like the popular requests/],
  [
    'with the repository of another project',
    { repository: known({ state: 'mismatched', declared: 'psf/requests', borrowedFrom: target } as const) },
    'HELD',
    /Repository psf\/requests belongs to the popular project requests/,
  ],
];

describe('what becomes of typical projects under `recommended`', () => {
  test.each(archetypes)('%s: %#', (_, signals, outcome, reason) => {
    const verdict = verdictOn(signals);
    expect(verdict.outcome).toBe(outcome);
    const reasons = verdict.reasons.map(({ text }) => text).join('\n');
    if (reason === undefined) expect(reasons).toBe('GitHub stars < 30\nVersions count < 5');
    else expect(reasons).toMatch(reason);
  });

  test('a version that should be newer than every honest one is no history', () => {
    const recent = { repository: missing, versionsCount: known(9), firstReleasedAt: ago(60), lastModified: ago(10) };
    expect(verdictOn(recent).outcome).toBe('ALLOWED');
    expect(verdictOn(recent, '99.9.9').outcome).toBe('HELD');
    expect(verdictOn(recent, '2026.11').outcome).toBe('ALLOWED');
  });

  test('a long history weighs against no condition of a team and no other gate', () => {
    const rules = [...recommendedPolicy.rules];
    const condition = { when: 'true', points: 45, text: 'ours', unknown: 'interval' } as const;
    const verdict = verdictOn({}, '1.0', { ...recommendedPolicy, rules: [...rules, condition] });
    expect(verdict).toMatchObject({ outcome: 'HELD', score: { min: 45, max: 45 } });
  });

  test('under `reference` only points count', () => {
    const signals = archetypes[0]?.[1] ?? {};
    expect(verdictOn(signals, '1.0', referencePolicy)).toMatchObject({
      outcome: 'ALLOWED',
      score: { min: 20, max: 20 },
    });
    expect(verdictOn({ similar }, '1.0', referencePolicy).outcome).toBe('ALLOWED');
  });
});

describe('a name that a ranked release requires', () => {
  const by = { name: normaliseName('fastapi'), version: '0.1', rank: 40 };
  const successor = {
    similar,
    firstReleasedAt: ago(20),
    downloads: unknown,
    malware: unknown,
    stars: unknown,
  } as const;

  test('is no typo, and passes gates whose source cannot be reached, with a note', () => {
    const verdict = verdictOn({ ...successor, requiredBy: [by] });
    expect(verdict.outcome).toBe('ALLOWED');
    const notes = verdict.findings.flatMap(({ rule, note }) =>
      note?.includes('fastapi 0.1 requires it') ? [rule] : [],
    );
    expect(notes).toEqual(
      expect.arrayContaining(['malware', 'downloads', 'newProject', 'similarName', 'similarNames']),
    );
  });

  test('is judged as a typed name if only unranked releases require it', () => {
    const verdict = verdictOn({ ...successor, requiredBy: [{ ...by, rank: null }] });
    expect(verdict.outcome).toBe('HELD');
    expect(verdict.reasons.map(({ text }) => text).join()).toContain('Name like the popular requests');
  });

  test('is blocked if it is known as malware', () => {
    expect(verdictOn({ requiredBy: [by], malware: known(['MAL-1']) }).outcome).toBe('BLOCKED');
  });
});
