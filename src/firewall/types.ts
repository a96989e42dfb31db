import type { ProjectName, ProjectPage } from '../index/types.ts';

/** A measured fact with where and when it was learned, or why it is unknown. Unknown is never "fine". */
export type Signal<T> =
  | {
      readonly known: true;
      readonly value: T;
      readonly source: string;
      readonly fetchedAt: string;
      readonly note?: string | undefined;
      /** The true value is this or more (a later time, for times): a partial mirror or the popularity list spoke. */
      readonly lowerBound?: boolean | undefined;
    }
  | { readonly known: false; readonly source: string; readonly fetchedAt: string; readonly why: string };

/** Everything the policy may ask about one release. */
export type Signals = {
  /** Downloads in the last month (pypistats `last_month`), or a lower bound from the popularity list. */
  readonly downloads: Signal<number>;
  /** Stars of the declared GitHub repository; 0 when none is declared. */
  readonly stars: Signal<number>;
  /** Releases upstream lists; a lower bound when the list may be partial. */
  readonly versionsCount: Signal<number>;
  /** ISO time of the project's newest upload; a lower bound when the list may be partial. */
  readonly lastModified: Signal<string>;
  /** ISO time of this release's newest file: an old release that gains a file is young again. */
  readonly releasedAt: Signal<string>;
  /** Ids of malware advisories that name this version (OSV `MAL-…`). */
  readonly malware: Signal<readonly string[]>;
  /** PEP 792 project status. */
  readonly projectStatus: Signal<string>;
  /** Place in the popularity list, 1 the most downloaded; null when not in it. Always known. */
  readonly rank: number | null;
  /** Popular names this one plausibly imitates, best first. */
  readonly similar: readonly SimilarName[];
} & Partial<FurtherSignals>;

/** Facts that gates may ask for. One that is absent was not gathered or not recorded: it counts as unknown. */
export type FurtherSignals = {
  /** ISO time of the project's oldest upload. */
  readonly firstReleasedAt: Signal<string>;
  /** Why every file of this release is yanked (PEP 592), true where no reason is given; false when it is not. */
  readonly yanked: Signal<boolean | string>;
  /** Kinds of files of this release. */
  readonly distributions: Signal<'wheels' | 'sdist' | 'both'>;
  /** How the declared repository fits the project. */
  readonly repository: Signal<RepositoryLink>;
  /** Whether the declared repository is archived; false where none is declared. */
  readonly repositoryArchived: Signal<boolean>;
  /** Known vulnerabilities of this version, malware apart. */
  readonly vulnerabilities: Signal<readonly Vulnerability[]>;
  /** Code that runs when a file of this release is installed or the interpreter starts. */
  readonly installCode: Signal<readonly InstallCode[]>;
  /** Whether a file of this release bears an attestation of who published it (PEP 740). */
  readonly attested: Signal<boolean>;
  /** Advisories that this release is the smallest to fix; asked only of releases under a cooldown. */
  readonly fixes: Signal<readonly string[]>;
};

/** `missing`: none is declared. `mismatched`: its name has nothing of the project's. */
export type RepositoryLink = {
  readonly state: 'fits' | 'mismatched' | 'missing';
  /** `owner/name` on GitHub. */
  readonly declared: string | null;
};

export type Vulnerability = {
  readonly id: string;
  /** Smallest version that has it no more; null while there is none. */
  readonly fixedIn: string | null;
};

/**
 * What code that runs at installation reaches for. `startup`: it runs whenever Python starts (`.pth`), and reaches for
 * nothing; `startup-reach`: it does, and reaches for one of the others; `hidden`: it decodes or fetches what it executes.
 */
export type Reach = (typeof reachNames)[number];

export const reachNames = ['network', 'shell', 'hidden', 'startup', 'startup-reach', 'more-than-setup'] as const;

export type InstallCode = {
  /** The distribution file and the path in it. */
  readonly file: string;
  readonly reach: Reach;
  /** The word that gave it away. */
  readonly word: string;
};

export type SimilarName = { readonly target: ProjectName; readonly confidence: number };

export type RiskLevel = 'Green' | 'Yellow' | 'Red';

/** One line of the arithmetic. */
export type Finding = {
  readonly rule: string;
  /** The words people see: `Downloads < 300`. */
  readonly text: string;
  /** What a rule asks, threshold and all, where its text says something else: that the signal is unknown. */
  readonly asks?: string | undefined;
  /** Points counted if it fires; gates have none. */
  readonly points?: number | undefined;
  readonly state: 'fired' | 'quiet' | 'unknown';
  readonly gate?: 'block' | 'hold' | undefined;
  readonly signal: string;
  readonly value: unknown;
  readonly source: string;
  readonly fetchedAt: string;
  readonly note?: string | undefined;
};

/** What the policy says of one release. */
export type Verdict = {
  readonly outcome: 'ALLOWED' | 'HELD' | 'BLOCKED';
  readonly level: RiskLevel;
  readonly score: { readonly min: number; readonly max: number };
  /** Fired rules and gates, and for a hold the unknown signals: what people are shown. */
  readonly reasons: readonly { readonly text: string; readonly points?: number | undefined }[];
  readonly similarPackages: readonly ProjectName[];
  readonly heldUntil?: string | undefined;
  readonly policyVersion: string;
  /** Every rule with its value, threshold and source. */
  readonly findings: readonly Finding[];
};

/** What is to be judged, with what the asker already knows of it. */
export type Subject = {
  /** Any spelling. */
  readonly name: string;
  /** Null: the project's newest release is judged. */
  readonly version: string | null;
  /** The project's page on the index the release comes from. */
  readonly page?: ProjectPage | undefined;
  /** False when one of several indexes did not answer, or the index may mirror only a part. Default false. */
  readonly pageComplete?: boolean | undefined;
  /** True: gathers also what no gate of the policy asks for. Default false. */
  readonly thorough?: boolean | undefined;
};

/** A verdict with the facts it stands on, and the release it is about: null when none was found. */
export type Assessment = {
  readonly verdict: Verdict;
  readonly signals: Signals;
  readonly name: ProjectName;
  readonly version: string | null;
};

/** The firewall as other rooms see it. */
export type Firewall = {
  /** Never throws for a source's failure: that is an unknown signal. Throws `name-invalid` for what is no project name. */
  readonly assess: (subject: Subject) => Promise<Assessment>;
  /** Name and short hash of the policy: a verdict lapses with it. */
  readonly policyVersion: string;
};
