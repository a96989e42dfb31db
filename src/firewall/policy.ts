import { createHash } from 'node:crypto';
import type { NamedIndex } from '../index/named-indexes.ts';
import { detectorRevision, operatingPoints } from './names/similar.ts';
import { type Reach, reachNames } from './types.ts';

/** The effect of an unknown signal on a rule: it widens the score interval, counts all points, or counts none. */
type UnknownPoints = 'interval' | 'counts' | 'ignored';

/** Points for one signal that passes a threshold. */
export type BuiltInRule =
  | {
      readonly signal: 'downloads' | 'stars' | 'versionsCount';
      /** The rule fires if the value is below this. */
      readonly below: number;
      readonly points: number;
      readonly unknown: UnknownPoints;
    }
  | {
      readonly signal: 'lastModified';
      /** The rule fires if the newest upload is older than this many years. */
      readonly olderThanYears: number;
      readonly points: number;
      readonly unknown: UnknownPoints;
    }
  | {
      readonly signal: 'similarNames';
      /** The rule fires if the name resembles a popular name with at least this confidence, 0 to 1. */
      readonly confidence: number;
      readonly points: number;
    }
  | {
      readonly signal: 'established';
      /**
       * The minimum number of releases of an unranked project with a history. The rule fires only if the project would
       * otherwise not be Green.
       */
      readonly releases: number;
      /** The minimum number of years since its first release. */
      readonly years: number;
      /** Negative points, which lower the score. */
      readonly points: number;
    };

export type Rule = BuiltInRule | ConditionRule;

/** Points for a condition of the team. */
export type ConditionRule = {
  readonly signal?: undefined;
  /** A condition in CEL. */
  readonly when: string;
  /** Negative points lower the score, which is at least 0. */
  readonly points: number;
  /** The reason that people read. */
  readonly text: string;
  readonly unknown: UnknownPoints;
};

/** A gate with a condition of the team. */
export type OwnGate = {
  readonly name: string;
  /** A condition in CEL. */
  readonly when: string;
  readonly does: 'hold' | 'block';
  /** The reason that people read. */
  readonly text: string;
  readonly unknown: UnknownGate;
};

/** The effect of an unknown signal on a gate. A ranked project is in the popularity list. */
export type UnknownGate = { readonly ranked: 'pass' | 'hold'; readonly unranked: 'pass' | 'hold' };

/** The conditions that block a release or put it on hold. Gates have no points. */
type Gates = {
  /** Blocks a release that a malware advisory affects. */
  readonly malware: { readonly enabled: boolean; readonly unknown: UnknownGate };
  /** Blocks a project that its index has quarantined (PEP 792). */
  readonly quarantined: { readonly enabled: boolean; readonly unknown: UnknownGate };
  /** Puts a release on hold until it is this many days old; 0 disables the gate. */
  readonly cooldown: {
    readonly days: number;
    readonly unknown: UnknownGate;
    /** The releases that need not wait. */
    readonly except: readonly ListEntry[];
  };
  /** Fires for install-time code that does what is listed here for ranked or unranked projects. */
  readonly installCode: FactGate & { readonly ranked: readonly Reach[]; readonly unranked: readonly Reach[] };
  /** Fires for an unranked project whose first release is less than this many days old. */
  readonly newProject: FactGate & { readonly days: number };
  /** Fires for an unranked name that resembles a popular one with at least this confidence, 0 to 1. */
  readonly similarName: Omit<FactGate, 'unknown'> & { readonly confidence: number };
  /** Fires for an unranked project first released less than this many days ago, without a repository of its own and without a history. */
  readonly freshAndBare: FactGate & { readonly days: number };
  /** Fires for a project that declares the repository of another, popular project. */
  readonly borrowedRepository: FactGate;
  /** Fires for a release with a known vulnerability other than malware. */
  readonly vulnerabilities: FactGate;
  readonly yanked: FactGate;
  /** Fires for a project whose status is archived or deprecated (PEP 792). */
  readonly archivedProject: FactGate;
  readonly archivedRepository: FactGate;
  /** Fires for a release without a wheel, because installing an sdist runs its build. */
  readonly sdistOnly: FactGate;
  readonly missingRepository: FactGate;
  readonly mismatchedRepository: FactGate;
  /** Fires for a release without a publish attestation (PEP 740). */
  readonly unattested: FactGate;
  /** The gates of the team. */
  readonly own: readonly OwnGate[];
};

/** A gate on one fact: its effect if the fact is true, and if it is unknown. */
export type FactGate = {
  readonly enabled: boolean;
  readonly does: 'hold' | 'block';
  readonly unknown: UnknownGate;
};

/** One entry of a block or allow list. */
export type ListEntry = {
  /** A project name; `*` matches any characters. */
  readonly name: string;
  /** A version specifier (PEP 440); all versions if absent. */
  readonly versions?: string | undefined;
  readonly reason: string;
  readonly owner?: string | undefined;
  /** ISO date or time after which the entry is ignored. */
  readonly until?: string | undefined;
};

/** An advisory that gates and conditions leave out. */
export type IgnoredAdvisory = {
  /** The ID or an alias of the advisory. */
  readonly id: string;
  /** Names and glob patterns of the projects; all if absent. */
  readonly names?: readonly string[] | undefined;
  readonly reason: string;
  readonly owner?: string | undefined;
  /** ISO date or time after which the entry is ignored. */
  readonly until?: string | undefined;
  /** Whether the advisory is on malware. Malware is never left out without this and `names`. */
  readonly malware?: boolean | undefined;
};

/** What people may approve. */
export type ApprovalTerms = {
  /** How many days an approval lasts that names no end. Without it, `maxDays`, or no end. */
  readonly days?: number | undefined;
  /** The most days that an approval may last. */
  readonly maxDays?: number | undefined;
  /** Whether somebody may approve what they asked for. */
  readonly selfApproval: boolean;
};

/** The rules, gates and lists by which releases are judged. */
export type Policy = {
  readonly name: string;
  /** The minimum score of each level. A score below `yellow` is Green. */
  readonly levels: { readonly yellow: number; readonly red: number };
  readonly rules: readonly Rule[];
  readonly gates: Gates;
  readonly block: readonly ListEntry[];
  readonly allow: readonly ListEntry[];
  /** The advisories that were judged to be harmless. */
  readonly ignore: readonly IgnoredAdvisory[];
  /** ISO date or time. Every release that was uploaded later is on hold. */
  readonly newest?: string | undefined;
  /** Names and glob patterns of internal projects, which are never sent to an outside source. */
  readonly internal: readonly string[];
  /** Further indexes. Their names come from there alone, and every other name never does. */
  readonly indexes: readonly NamedIndex[];
  /** Names that no other name may resemble, in addition to popular names; a defence against dependency confusion. */
  readonly protected: readonly string[];
  /**
   * What becomes of a release of which only some files are blocked or on hold. `hide`: it is vetted, and the relay hides those
   * files. `hold`: it is on hold, because an installer without the relay can see every file of a release.
   */
  readonly withheldFiles: 'hide' | 'hold';
  /** Whom to ask about a hold or block, such as a channel. It is printed with each of them. */
  readonly contact?: string | undefined;
  /** What approvals may be. It has no effect on verdicts. */
  readonly approvals: ApprovalTerms;
  /** `observe`: what would be on hold or blocked is allowed and recorded. Known malware and the block list stay enforced. */
  readonly mode: 'enforce' | 'observe';
  /** What the mode `observe` is about; everything if absent. */
  readonly observe?: ObserveScope | undefined;
  /** The outcomes to notify people of. It has no effect on verdicts. */
  readonly notify: {
    readonly on: readonly ('BLOCKED' | 'HELD' | 'ERROR')[];
    /** The URL of the page on which approvers decide. Notices link to it. */
    readonly page?: string | undefined;
    /** The URL that gets each notice as signed JSON. */
    readonly webhook?: string | undefined;
    /** How many notices of ten minutes are sent one by one. Further ones are sent as a digest. */
    readonly digestAfter: number;
  };
};

/** What a policy observes. */
export type ObserveScope = {
  /** Names of gates, and `score` for the points of the rules; all if absent. */
  readonly gates?: readonly string[] | undefined;
  /** Names and glob patterns of projects; all if absent. */
  readonly names?: readonly string[] | undefined;
  /** ISO date or time after which the policy enforces everything. */
  readonly until?: string | undefined;
};

const holdUnranked: UnknownGate = { ranked: 'pass', unranked: 'hold' };

/** A gate that the recommended policy disables and a team may enable. */
const disabled: FactGate = { enabled: false, does: 'hold', unknown: holdUnranked };

/** The four rules of the original system. */
const originalRules: readonly BuiltInRule[] = [
  { signal: 'downloads', below: 300, points: 20, unknown: 'interval' },
  { signal: 'stars', below: 30, points: 10, unknown: 'interval' },
  { signal: 'lastModified', olderThanYears: 2, points: 10, unknown: 'interval' },
  { signal: 'versionsCount', below: 5, points: 10, unknown: 'interval' },
];

/** The rules of the recommended policy. */
export const recommendedRules: readonly BuiltInRule[] = [
  ...originalRules,
  { signal: 'similarNames', confidence: operatingPoints.highPrecision, points: 20 },
  { signal: 'established', releases: 10, years: 3, points: -10 },
];

/** The default policy: the four original rules, name similarity at high precision, a long history, and gates. */
export const recommendedPolicy: Policy = {
  name: 'recommended',
  levels: { yellow: 40, red: 50 },
  rules: recommendedRules,
  gates: {
    malware: { enabled: true, unknown: holdUnranked },
    quarantined: { enabled: true, unknown: holdUnranked },
    cooldown: { days: 3, unknown: holdUnranked, except: [] },
    installCode: {
      enabled: true,
      does: 'hold',
      // Builds of ranked projects commonly run programs that only they know, so `shell` is not listed.
      ranked: ['network', 'program', 'hidden', 'persistence', 'replacement', 'startup-reach', 'import-time'],
      unranked: reachNames.filter((name) => name !== 'more-than-setup'),
      unknown: holdUnranked,
    },
    newProject: { ...disabled, enabled: true, days: 30 },
    similarName: { enabled: true, does: 'hold', confidence: operatingPoints.highPrecision },
    freshAndBare: { ...disabled, enabled: true, days: 180 },
    borrowedRepository: { ...disabled, enabled: true },
    vulnerabilities: disabled,
    yanked: disabled,
    archivedProject: disabled,
    archivedRepository: disabled,
    sdistOnly: disabled,
    missingRepository: disabled,
    mismatchedRepository: disabled,
    unattested: disabled,
    own: [],
  },
  block: [],
  allow: [],
  ignore: [],
  internal: [],
  indexes: [],
  protected: [],
  withheldFiles: 'hide',
  approvals: { selfApproval: true },
  mode: 'enforce',
  notify: { on: ['BLOCKED', 'HELD', 'ERROR'], digestAfter: 5 },
};

/** A policy without enabled gates: the four original rules, name similarity and the lists. */
export const referencePolicy: Policy = {
  ...recommendedPolicy,
  name: 'reference',
  rules: recommendedRules.filter(({ signal }) => signal !== 'established'),
  gates: {
    ...recommendedPolicy.gates,
    malware: { enabled: false, unknown: holdUnranked },
    quarantined: { enabled: false, unknown: holdUnranked },
    cooldown: { days: 0, unknown: holdUnranked, except: [] },
    installCode: { ...recommendedPolicy.gates.installCode, enabled: false },
    newProject: { ...recommendedPolicy.gates.newProject, enabled: false },
    similarName: { ...recommendedPolicy.gates.similarName, enabled: false },
    freshAndBare: { ...recommendedPolicy.gates.freshAndBare, enabled: false },
    borrowedRepository: disabled,
  },
};

/** Returns the name and a short hash of everything that decides a verdict. Notices, the contact and the terms of approvals don't. */
export function policyVersion({ notify: _, contact: __, approvals: ___, ...policy }: Policy): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([detectorRevision, sortKeys(withoutUnused(policy))]))
    .digest('hex');
  return `${policy.name}-${digest.slice(0, 8)}`;
}

const isDisabled = (gate: object): boolean => 'enabled' in gate && gate.enabled === false;

/** Leaves out what a policy doesn't use, so that a new key with its default, or the settings of a disabled gate, are no change. */
function withoutUnused({
  ignore,
  newest,
  indexes,
  mode,
  observe,
  gates: { own, ...gates },
  ...policy
}: Omit<Policy, 'notify' | 'contact' | 'approvals'>): object {
  const { except, ...cooldown } = gates.cooldown;
  return {
    ...policy,
    ...(newest === undefined ? {} : { newest }),
    ...(mode === 'enforce' ? {} : { mode, observe }),
    ...(ignore.length === 0 ? {} : { ignore }),
    ...(indexes.length === 0 ? {} : { indexes }),
    gates: {
      ...Object.fromEntries(Object.entries(gates).map(([name, gate]) => [name, isDisabled(gate) ? false : gate])),
      cooldown: cooldown.days === 0 ? false : except.length === 0 ? cooldown : gates.cooldown,
      ...(own.length === 0 ? {} : { own }),
    },
  };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortKeys(item)]));
}
