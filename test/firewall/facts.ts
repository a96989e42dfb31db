import type { JudgeInput } from '../../src/firewall/judge.ts';
import { type Policy, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { Signal, Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';

/** The time of all assessments in these tests. */
export const now = Date.parse('2026-11-23T00:00:00Z');
const fetchedAt = new Date(now).toISOString();

export const known = <T>(value: T, more: { lowerBound?: boolean } = {}): Signal<T> => ({
  known: true,
  value,
  source: 'test',
  fetchedAt,
  ...more,
});

export const unknown: Signal<never> = { known: false, source: 'test', fetchedAt, why: 'could not be reached' };

/** The signals of an old, harmless, unranked project. */
export const harmless: Signals = {
  downloads: known(50_000),
  stars: known(900),
  versionsCount: known(40),
  lastModified: known('2026-10-01T00:00:00Z'),
  releasedAt: known('2026-10-01T00:00:00Z'),
  malware: known([]),
  projectStatus: known('active'),
  rank: null,
  similar: [],
  firstReleasedAt: known('2019-01-01T00:00:00Z'),
  yanked: known(false),
  distributions: known('both'),
  repository: known({ state: 'fits', declared: 'owner/example' }),
  repositoryArchived: known(false),
  vulnerabilities: known([]),
  installCode: known([]),
  attested: known(true),
};

/** The signals of `request2`. */
export const request2: Signals = {
  ...harmless,
  downloads: known(40),
  stars: known(0),
  versionsCount: known(2),
  lastModified: known('2021-10-03T20:30:41Z'),
  releasedAt: known('2021-10-03T20:30:41Z'),
};

/** All signals unknown except those from the popularity list. */
export const allUnknown: Signals = {
  ...harmless,
  downloads: unknown,
  stars: unknown,
  versionsCount: unknown,
  lastModified: unknown,
  releasedAt: unknown,
  malware: unknown,
  projectStatus: unknown,
  firstReleasedAt: unknown,
  yanked: unknown,
  distributions: unknown,
  repository: unknown,
  repositoryArchived: unknown,
  vulnerabilities: unknown,
  installCode: unknown,
  attested: unknown,
};

/** Returns the input of `judge` for a harmless release with some other signals and policy keys. */
export function inputWith(signals: Partial<Signals> = {}, policy: Partial<Policy> = {}): JudgeInput {
  return {
    name: normaliseName('example'),
    version: '1.0',
    signals: { ...harmless, ...signals },
    policy: { ...recommendedPolicy, ...policy },
    now,
  };
}
