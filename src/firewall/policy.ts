import { createHash } from 'node:crypto';
import { detectorRevision, operatingPoints } from './names/similar.ts';
import type { Reach } from './types.ts';

/** What an unknown signal means for a rule: it widens the score interval, counts its points, or counts nothing. */
type UnknownPoints = 'interval' | 'counts' | 'ignored';

/** Points for one signal past a threshold. */
export type Rule =
  | {
      readonly signal: 'downloads' | 'stars' | 'versionsCount';
      /** Fires below this. */
      readonly below: number;
      readonly points: number;
      readonly unknown: UnknownPoints;
    }
  | {
      readonly signal: 'lastModified';
      /** Fires when the newest upload is older than this many years. */
      readonly olderThanYears: number;
      readonly points: number;
      readonly unknown: UnknownPoints;
    }
  | {
      readonly signal: 'similarNames';
      /** Fires when a popular name is resembled with at least this confidence, 0 to 1. */
      readonly confidence: number;
      readonly points: number;
    };

/** What a gate does while its source cannot be reached. Ranked: the project is in the popularity list. */
export type UnknownGate = { readonly ranked: 'pass' | 'hold'; readonly unranked: 'pass' | 'hold' };

/** Gates have no points: they speak only when they fire. */
type Gates = {
  /** Blocks a release that a malware advisory names by version. */
  readonly malware: { readonly enabled: boolean; readonly unknown: UnknownGate };
  /** Blocks a project that its index has quarantined (PEP 792). */
  readonly quarantined: { readonly enabled: boolean; readonly unknown: UnknownGate };
  /** Holds a release younger than so many days; 0 switches it off. */
  readonly cooldown: { readonly days: number; readonly unknown: UnknownGate };
  /** Install-time code that reaches for what is listed for the project's kind. */
  readonly installCode: FactGate & { readonly ranked: readonly Reach[]; readonly unranked: readonly Reach[] };
  /** Project whose first release is younger than so many days. */
  readonly newProject: FactGate & { readonly days: number };
  /** Release with a known vulnerability that is no malware. */
  readonly vulnerabilities: FactGate;
  readonly yanked: FactGate;
  /** Project that its index calls archived or deprecated (PEP 792). */
  readonly archivedProject: FactGate;
  readonly archivedRepository: FactGate;
  /** Release without a wheel: installing it builds it. */
  readonly sdistOnly: FactGate;
  readonly missingRepository: FactGate;
  readonly mismatchedRepository: FactGate;
  /** Release without an attestation of its publisher (PEP 740). */
  readonly unattested: FactGate;
};

/** A gate on one fact: what it does when the fact is so, and while nobody knows. */
export type FactGate = {
  readonly enabled: boolean;
  readonly does: 'hold' | 'block';
  readonly unknown: UnknownGate;
};

/** One line of a block or allow list. */
export type ListEntry = {
  /** A project name, in which `*` stands for any run of characters. */
  readonly name: string;
  /** PEP 440 specifier; every version when absent. */
  readonly versions?: string | undefined;
  readonly reason: string;
  readonly owner?: string | undefined;
  /** ISO date or time after which the entry no longer counts. */
  readonly until?: string | undefined;
};

/** The versioned list of rules, thresholds and lists by which releases are judged: data, never code. */
export type Policy = {
  readonly name: string;
  /** Least score of each level; below `yellow` is Green. */
  readonly levels: { readonly yellow: number; readonly red: number };
  readonly rules: readonly Rule[];
  readonly gates: Gates;
  readonly block: readonly ListEntry[];
  readonly allow: readonly ListEntry[];
  /** Names and globs of a team's own projects: never sent to any outside source. */
  readonly internal: readonly string[];
  /** Names beyond the popular ones that nothing may resemble: a team's own, for dependency confusion. */
  readonly protected: readonly string[];
  /** What people are told of; decides no verdict. */
  readonly notify: { readonly on: readonly ('BLOCKED' | 'HELD' | 'ERROR')[] };
};

/** The gates on facts that the recommended policy leaves open: a team may close them. */
const off: FactGate = { enabled: false, does: 'hold', unknown: { ranked: 'pass', unranked: 'hold' } };

const careful: UnknownGate = { ranked: 'pass', unranked: 'hold' };

const seedRules: readonly Rule[] = [
  { signal: 'downloads', below: 300, points: 20, unknown: 'interval' },
  { signal: 'stars', below: 30, points: 10, unknown: 'interval' },
  { signal: 'lastModified', olderThanYears: 2, points: 10, unknown: 'interval' },
  { signal: 'versionsCount', below: 5, points: 10, unknown: 'interval' },
];

/** The default: the four rules, name similarity at the careful operating point, and every gate. */
export const recommendedPolicy: Policy = {
  name: 'recommended',
  levels: { yellow: 40, red: 50 },
  rules: [...seedRules, { signal: 'similarNames', confidence: operatingPoints.careful, points: 20 }],
  gates: {
    malware: { enabled: true, unknown: careful },
    quarantined: { enabled: true, unknown: careful },
    cooldown: { days: 3, unknown: careful },
    installCode: {
      enabled: true,
      does: 'hold',
      // Builds of well-known projects run compilers, git and pkg-config.
      ranked: ['network', 'hidden', 'startup-reach'],
      unranked: ['network', 'shell', 'hidden', 'startup', 'startup-reach'],
      unknown: careful,
    },
    newProject: { ...off, days: 30 },
    vulnerabilities: off,
    yanked: off,
    archivedProject: off,
    archivedRepository: off,
    sdistOnly: off,
    missingRepository: off,
    mismatchedRepository: off,
    unattested: off,
  },
  block: [],
  allow: [],
  internal: [],
  protected: [],
  notify: { on: ['BLOCKED', 'HELD', 'ERROR'] },
};

/** The four rules, the lists and name similarity alone: no gate but the block list. */
export const referencePolicy: Policy = {
  ...recommendedPolicy,
  name: 'reference',
  gates: {
    ...recommendedPolicy.gates,
    malware: { enabled: false, unknown: careful },
    quarantined: { enabled: false, unknown: careful },
    cooldown: { days: 0, unknown: careful },
    installCode: { ...recommendedPolicy.gates.installCode, enabled: false },
  },
};

/** Name and short hash of everything that decides a verdict: a recorded BLOCKED lapses when this changes. */
export function policyVersion({ notify: _, ...policy }: Policy): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([detectorRevision, canonical(policy)]))
    .digest('hex');
  return `${policy.name}-${digest.slice(0, 8)}`;
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]));
}
