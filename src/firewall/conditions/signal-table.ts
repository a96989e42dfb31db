import type { ProjectName } from '../../index/types.ts';
import { isPrerelease } from '../../index/versions.ts';
import type { FindingScope, Signal, Signals, Vulnerability } from '../types.ts';
import { Severity } from './severity.ts';

/** What a condition is about. */
export type ConditionSubject = {
  readonly name: ProjectName;
  readonly version: string | null;
  readonly signals: Signals;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** The value of a name in a condition. `min` and `max`: the true value is not below or above. `why`: it is unknown. */
export type Reading =
  | { readonly value: unknown }
  | { readonly min: number }
  | { readonly max: number }
  | { readonly includes: readonly string[] }
  | { readonly why: string; readonly source: string };

type ConditionSignal = {
  /** The type in CEL. */
  readonly type: 'int' | 'bool' | 'string' | 'list<string>' | 'list<vulnerability>' | 'list<similarName>';
  /** The signal behind it, as `awspip explain` names it. */
  readonly signal: keyof Signals | 'name' | 'version';
  /** What a finding with this signal is about. */
  readonly scope: FindingScope;
  /** For the documentation. */
  readonly meaning: string;
  readonly read: (subject: ConditionSubject) => Reading;
};

/** The fields of the values in lists. */
export const conditionTypes = {
  vulnerability: { id: 'string', ids: 'list<string>', severity: 'severity', fixedIn: 'string' },
  similarName: { name: 'string', confidence: 'double' },
} as const;

const dayInMilliseconds = 86_400_000;
/** The rank after the last one of the popularity list. */
const firstUnranked = 15_001;

const same = (value: unknown): unknown => value;

/** Reads a signal. In a partial list, the true value may be greater, so it has only a minimum. */
function from<Key extends keyof Signals>(
  key: Key,
  convert: (value: never) => unknown,
  bound: (value: never) => Reading = () => ({ why: 'has only a part of the data', source: 'the source' }),
): ConditionSignal['read'] {
  return ({ signals }) => {
    const signal = signals[key] as Signal<never> | undefined;
    if (signal === undefined) return { why: 'does not contain it (not recorded)', source: 'the evidence' };
    if (!signal.known) return { why: signal.why, source: signal.source };
    return signal.lowerBound === true ? bound(signal.value) : { value: convert(signal.value) };
  };
}

const count = (key: 'downloads' | 'stars' | 'versionsCount'): ConditionSignal['read'] =>
  from(
    key,
    (value: number) => BigInt(Math.round(value)),
    (value: number) => ({ min: value }),
  );

/** Returns the days since a time. `bound` says what a partial list leaves open. */
function daysSince(
  key: 'releasedAt' | 'firstReleasedAt' | 'lastModified',
  bound: 'min' | 'max',
): ConditionSignal['read'] {
  return (subject) => {
    const days = (time: string): number => Math.floor((subject.now - Date.parse(time)) / dayInMilliseconds);
    const reading = from(
      key,
      (time: string) => days(time),
      (time: string) => (bound === 'min' ? { min: days(time) } : { max: days(time) }),
    )(subject);
    const values = Object.values(reading);
    if (values.includes(Number.NaN)) return { why: 'has an invalid time', source: 'the source' };
    return 'value' in reading ? { value: BigInt(reading.value as number) } : reading;
  };
}

const vulnerabilityOf = ({ id, aliases = [], severity, fixedIn }: Vulnerability): object => ({
  id,
  ids: [id, ...aliases],
  severity: new Severity(severity),
  fixedIn: fixedIn ?? '',
});

/** The names in conditions. The type check, the evaluation and docs/reference/policy.md follow from this table. */
export const conditionSignals: Readonly<Record<string, ConditionSignal>> = {
  name: {
    type: 'string',
    signal: 'name',
    scope: 'project',
    meaning: 'normalised name of the project',
    read: ({ name }) => ({ value: name }),
  },
  version: {
    type: 'string',
    signal: 'version',
    scope: 'release',
    meaning: 'version of the release',
    read: ({ version }) => (version === null ? { why: 'has no release', source: 'the index' } : { value: version }),
  },
  isPrerelease: {
    type: 'bool',
    signal: 'version',
    scope: 'release',
    meaning: 'whether the version is a pre-release (PEP 440)',
    read: ({ version }) =>
      version === null ? { why: 'has no release', source: 'the index' } : { value: isPrerelease(version) },
  },
  downloads: {
    type: 'int',
    signal: 'downloads',
    scope: 'project',
    meaning: 'downloads of the last month',
    read: count('downloads'),
  },
  stars: {
    type: 'int',
    signal: 'stars',
    scope: 'project',
    meaning: 'stars of the declared repository; 0 without one',
    read: count('stars'),
  },
  versionsCount: {
    type: 'int',
    signal: 'versionsCount',
    scope: 'project',
    meaning: 'number of releases',
    read: count('versionsCount'),
  },
  daysSinceRelease: {
    type: 'int',
    signal: 'releasedAt',
    scope: 'release',
    meaning: 'whole days since the newest file of the release',
    read: daysSince('releasedAt', 'max'),
  },
  daysSinceFirstRelease: {
    type: 'int',
    signal: 'firstReleasedAt',
    scope: 'project',
    meaning: 'whole days since the first upload of the project',
    read: daysSince('firstReleasedAt', 'min'),
  },
  daysSinceLastModified: {
    type: 'int',
    signal: 'lastModified',
    scope: 'project',
    meaning: 'whole days since the newest upload of the project',
    read: daysSince('lastModified', 'max'),
  },
  hasRepository: {
    type: 'bool',
    signal: 'repository',
    scope: 'project',
    meaning: 'whether the project declares a repository',
    read: from('repository', ({ state }: { state: string }) => state !== 'missing'),
  },
  repositoryFits: {
    type: 'bool',
    signal: 'repository',
    scope: 'project',
    meaning: 'whether the name of the declared repository fits the project',
    read: from('repository', ({ state }: { state: string }) => state === 'fits'),
  },
  repositoryBorrowed: {
    type: 'bool',
    signal: 'repository',
    scope: 'project',
    meaning: 'whether the declared repository belongs to another, popular project',
    read: from('repository', ({ borrowedFrom }: { borrowedFrom?: string }) => borrowedFrom !== undefined),
  },
  repositoryArchived: {
    type: 'bool',
    signal: 'repositoryArchived',
    scope: 'project',
    meaning: 'whether the declared repository is archived',
    read: from('repositoryArchived', same),
  },
  yanked: {
    type: 'bool',
    signal: 'yanked',
    scope: 'release',
    meaning: 'whether the release is yanked (PEP 592)',
    read: from('yanked', (yanked: boolean | string) => yanked !== false),
  },
  hasWheel: {
    type: 'bool',
    signal: 'distributions',
    scope: 'file',
    meaning: 'whether the release has a wheel',
    read: from('distributions', (kinds: string) => kinds !== 'sdist'),
  },
  hasSdist: {
    type: 'bool',
    signal: 'distributions',
    scope: 'file',
    meaning: 'whether the release has an sdist',
    read: from('distributions', (kinds: string) => kinds !== 'wheels'),
  },
  attested: {
    type: 'bool',
    signal: 'attested',
    scope: 'file',
    meaning: 'whether a file of the release has a publish attestation (PEP 740)',
    read: from('attested', same),
  },
  projectStatus: {
    type: 'string',
    signal: 'projectStatus',
    scope: 'project',
    meaning: '`active`, `archived`, `deprecated` or `quarantined` (PEP 792)',
    read: from('projectStatus', same),
  },
  malware: {
    type: 'list<string>',
    signal: 'malware',
    scope: 'release',
    meaning: 'IDs of malware advisories on the release',
    read: from('malware', same),
  },
  vulnerabilities: {
    type: 'list<vulnerability>',
    signal: 'vulnerabilities',
    scope: 'release',
    meaning: 'known vulnerabilities of the release, without those in `ignore`',
    read: from('vulnerabilities', (found: readonly Vulnerability[]) => found.slice(0, 50).map(vulnerabilityOf)),
  },
  licence: {
    type: 'string',
    signal: 'licence',
    scope: 'release',
    meaning: 'licence as the project declares it: an SPDX expression, a classifier or text; empty if it declares none',
    read: from('licence', same),
  },
  licences: {
    type: 'list<string>',
    signal: 'licence',
    scope: 'release',
    meaning: 'the parts of `licence` between `AND`, `OR` and `WITH`',
    read: from('licence', (text: string) =>
      text
        .split(/\s+(?:AND|OR|WITH)\s+|[()]/)
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .slice(0, 50),
    ),
  },
  installCode: {
    type: 'list<string>',
    signal: 'installCode',
    scope: 'file',
    meaning: 'kinds of findings in install-time code, such as `network`',
    read: from(
      'installCode',
      (found: readonly { reach: string }[]) => kindsOf(found),
      (found: readonly { reach: string }[]) => ({ includes: kindsOf(found) }),
    ),
  },
  isRanked: {
    type: 'bool',
    signal: 'rank',
    scope: 'project',
    meaning: 'whether the project is in the popularity list',
    read: ({ signals }) => ({ value: signals.rank !== null }),
  },
  rank: {
    type: 'int',
    signal: 'rank',
    scope: 'project',
    meaning: 'position in the popularity list from 1; above 15,000 for all other projects',
    read: ({ signals }) => (signals.rank === null ? { min: firstUnranked } : { value: BigInt(signals.rank) }),
  },
  requiredBy: {
    type: 'list<string>',
    signal: 'requiredBy',
    scope: 'release',
    meaning: 'names of the projects of the request that need the release, directly or through others, nearest first',
    read: ({ signals }) => ({ value: (signals.requiredBy ?? []).map(({ name }) => name) }),
  },
  requiredByRanked: {
    type: 'bool',
    signal: 'requiredBy',
    scope: 'release',
    meaning: 'whether a project in the popularity list is among them',
    read: ({ signals }) => ({ value: (signals.requiredBy ?? []).some(({ rank }) => rank !== null) }),
  },
  similar: {
    type: 'list<similarName>',
    signal: 'similar',
    scope: 'project',
    meaning: 'popular names that the name may imitate',
    read: ({ signals }) => ({
      value: signals.similar.slice(0, 50).map(({ target, confidence }) => ({ name: target, confidence })),
    }),
  },
  contained: {
    type: 'list<similarName>',
    signal: 'contained',
    scope: 'project',
    meaning: 'popular names that the name contains next to a common word, which is weaker than similarity',
    read: ({ signals }) => ({
      value: (signals.contained ?? []).map(({ target, confidence }) => ({ name: target, confidence })),
    }),
  },
};

const kindsOf = (found: readonly { readonly reach: string }[]): string[] => [
  ...new Set(found.map(({ reach }) => reach)),
];
