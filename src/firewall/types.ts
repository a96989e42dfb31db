import type { ProjectName, ProjectPage, Release } from '../index/types.ts';
import type { SeverityName } from './severities.ts';

/**
 * A measured fact with its source and time, or the reason why it is unknown. Unknown counts as harmless only if the policy
 * says so.
 */
export type Signal<T> =
  | {
      readonly known: true;
      readonly value: T;
      readonly source: string;
      readonly fetchedAt: string;
      readonly note?: string | undefined;
      /** Whether the true value may be greater (or later, for a time): the source is a partial list. */
      readonly lowerBound?: boolean | undefined;
    }
  | {
      readonly known: false;
      readonly source: string;
      readonly fetchedAt: string;
      /** A predicate that follows the source in messages, such as `could not be reached`. */
      readonly why: string;
    };

/** The signals of one release. */
export type Signals = {
  /** Downloads in the last month (pypistats `last_month`), or a lower bound from the popularity list. */
  readonly downloads: Signal<number>;
  /** Stars of the declared GitHub repository; 0 if the project declares none. */
  readonly stars: Signal<number>;
  /** Number of releases; a lower bound if the list may be partial. */
  readonly versionsCount: Signal<number>;
  /** ISO time of the project's newest upload; a lower bound if the list may be partial. */
  readonly lastModified: Signal<string>;
  /** ISO time of this release's newest file. A file added to an old release starts the cooldown again. */
  readonly releasedAt: Signal<string>;
  /** IDs of malware advisories that affect this version: OSV’s `MAL-…`, or others that are marked as malware. */
  readonly malware: Signal<readonly string[]>;
  /** Project status (PEP 792). */
  readonly projectStatus: Signal<string>;
  /** Position in the popularity list, where 1 has the most downloads; null if the project is not in it. */
  readonly rank: number | null;
  /** Popular names that this name may imitate, most likely first. */
  readonly similar: readonly SimilarName[];
  /** Popular names that this name contains, most likely first. */
  readonly contained?: readonly SimilarName[] | undefined;
  /** The index that the policy names for this project and that lists it; absent for the main index. */
  readonly index?: Extract<Signal<string>, { readonly known: true }> | undefined;
  /** Releases that need this one, nearest first; absent if nobody said. A name that a person typed has none. */
  readonly requiredBy?: readonly RequiredBy[] | undefined;
} & Partial<FurtherSignals>;

/** Signals that only gates use. An absent one was not gathered or not recorded, and counts as unknown. */
export type FurtherSignals = {
  /** ISO time of the project's oldest upload. */
  readonly firstReleasedAt: Signal<string>;
  /** The reason, or true, if every file of this release is yanked (PEP 592); otherwise false. */
  readonly yanked: Signal<boolean | string>;
  /** Kinds of distribution files of this release. */
  readonly distributions: Signal<'wheels' | 'sdist' | 'both'>;
  /** The declared repository. */
  readonly repository: Signal<RepositoryLink>;
  /** Whether the declared repository is archived; false if none is declared. */
  readonly repositoryArchived: Signal<boolean>;
  /** Known vulnerabilities of this version, without malware advisories. */
  readonly vulnerabilities: Signal<readonly Vulnerability[]>;
  /** Code that runs when a file of this release is installed or when Python starts. */
  readonly installCode: Signal<readonly InstallCode[]>;
  /** Whether a file of this release has a publish attestation (PEP 740). */
  readonly attested: Signal<boolean>;
  /** IDs of advisories that no smaller release fixes. Gathered only within the cooldown. */
  readonly fixes: Signal<readonly string[]>;
  /** The licence of the release: an SPDX expression, a classifier or text; empty if it declares none. */
  readonly licence: Signal<string>;
};

/** The repository that a project declares. `mismatched`: its name has nothing in common with the project's name. */
export type RepositoryLink = {
  readonly state: 'fits' | 'mismatched' | 'missing';
  /** `owner/name` on GitHub. */
  readonly declared: string | null;
  /** The popular project that declares the same repository and has its name. */
  readonly borrowedFrom?: ProjectName | undefined;
};

/** A release that needs another one, directly or through others. */
export type RequiredBy = Release & {
  /** Its position in the popularity list; null if it is not in it. */
  readonly rank: number | null;
};

export type Vulnerability = {
  readonly id: string;
  /** Other IDs of the same vulnerability. Absent in the records of older versions. */
  readonly aliases?: readonly string[] | undefined;
  /** The highest severity that an advisory states; absent if none does. */
  readonly severity?: SeverityName | undefined;
  /** The smallest fixed version; null if there is none. */
  readonly fixedIn: string | null;
};

/**
 * What code of a distribution file does. `network`: uses the network while it is built. `shell`: runs programs that builds
 * may need. `program`: runs other programs. `hidden`: executes code that is decoded, downloaded or not readable as text.
 * `persistence`: changes files that run at a login, at a schedule or at the start of Python. `replacement`: replaces files of
 * another project or a common command. `startup`: runs whenever Python starts, as in a `.pth` file. `startup-reach`: runs at
 * startup and does one of the above. `import-time`: does two things together, when it is imported, that only attacks need.
 * `more-than-setup`: contains more than a call of `setup()`.
 */
export type Reach = (typeof reachNames)[number];

export const reachNames = [
  'network',
  'shell',
  'program',
  'hidden',
  'persistence',
  'replacement',
  'startup',
  'startup-reach',
  'import-time',
  'more-than-setup',
] as const;

/** One finding in install-time code. */
export type InstallCode = {
  /** The distribution file and the path in it. */
  readonly file: string;
  /** `unreadable`: the file could not be read completely, and `word` says why. No policy allows it. */
  readonly reach: Reach | 'unreadable';
  /** The line in the file, from 1; 0 if the finding is about the file. Absent in the records of older versions. */
  readonly line?: number | undefined;
  /** The name or expression in the source that shows it. */
  readonly word: string;
};

export type SimilarName = { readonly target: ProjectName; readonly confidence: number };

export type RiskLevel = 'Green' | 'Yellow' | 'Red';

/** What a finding is about: all releases of the project, one release, or its files. */
export type FindingScope = 'project' | 'release' | 'file';

/** The result of one rule or gate. */
export type Finding = {
  readonly rule: string;
  /** Absent in the records of older versions. */
  readonly scope?: FindingScope | undefined;
  /** Text for people, such as `Downloads < 300`. */
  readonly text: string;
  /** The condition of the rule, if `text` says that the signal is unknown. */
  readonly asks?: string | undefined;
  /** The condition of an own rule or gate. */
  readonly when?: string | undefined;
  /** The points of the rule; gates have none. */
  readonly points?: number | undefined;
  readonly state: 'fired' | 'quiet' | 'unknown';
  readonly gate?: 'block' | 'hold' | undefined;
  readonly signal: string;
  readonly value: unknown;
  readonly source: string;
  readonly fetchedAt: string;
  readonly note?: string | undefined;
};

/** The policy's decision about one release. */
export type Verdict = {
  readonly outcome: 'ALLOWED' | 'HELD' | 'BLOCKED';
  readonly level: RiskLevel;
  readonly score: { readonly min: number; readonly max: number };
  /** The findings that led to the outcome: fired rules and gates, and the unknown signals of a release on hold. */
  readonly reasons: readonly { readonly text: string; readonly points?: number | undefined }[];
  readonly similarPackages: readonly ProjectName[];
  readonly heldUntil?: string | undefined;
  /** The widest scope whose findings suffice for the outcome; absent if the release is allowed. */
  readonly scope?: FindingScope | undefined;
  readonly policyVersion: string;
  /** The result of every rule and gate. */
  readonly findings: readonly Finding[];
  /** What the outcome would be if the policy enforced what it observes; absent if it would be the same. */
  readonly observed?: ObservedVerdict | undefined;
};

/** What a policy in observe mode would do with a release. */
export type ObservedVerdict = Pick<Verdict, 'reasons' | 'heldUntil'> & { readonly outcome: 'HELD' | 'BLOCKED' };

/** A release to assess, with what the caller already knows about it. */
export type Subject = {
  /** The project name in any spelling. */
  readonly name: string;
  /** Null for the project's newest release. */
  readonly version: string | null;
  /** The project's page on the index that serves the release. */
  readonly page?: ProjectPage | undefined;
  /** Whether the page lists all releases. False if an index did not answer or may mirror only a part. Default false. */
  readonly pageComplete?: boolean | undefined;
  /**
   * The files to inspect. `wheels`: only the wheels of a release that has some, because its sdist has a verdict of its own.
   * `later`: none, because they are inspected after their import; the gate on their code is left out. If the release is on
   * hold, so that it is not imported, its most common files are inspected now. `none`: none, and without that gate. Default
   * `now`: all.
   */
  readonly files?: 'now' | 'wheels' | 'later' | 'none' | undefined;
  /** The only file to inspect, by its name, unless the policy holds a release for any of its files. */
  readonly file?: string | undefined;
  /** Releases of the same request that need this one, directly or through others, nearest first. */
  readonly requiredBy?: readonly Release[] | undefined;
  /** Whether to gather also the signals of disabled gates. Default false. */
  readonly thorough?: boolean | undefined;
};

/** A verdict with its signals and its release. `version` is null if no release was found. */
export type Assessment = {
  readonly verdict: Verdict;
  readonly signals: Signals;
  readonly name: ProjectName;
  readonly version: string | null;
  /** What certainly does not exist: the project, or the version that the caller named. */
  readonly missing?: 'project' | 'version' | undefined;
};

/** The package firewall. */
export type Firewall = {
  /**
   * Assesses one release. A source that fails makes its signals unknown.
   *
   * @throws AwspipError `name-invalid` (64) if the name is not a project name
   */
  readonly assess: (subject: Subject) => Promise<Assessment>;
  /** Name and short hash of the policy. A blocked release is assessed again when it changes. */
  readonly policyVersion: string;
};
