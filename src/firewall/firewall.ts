import { AwspipError } from '../errors.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import {
  chooseVersion,
  countStars,
  countVersions,
  knowProject,
  lastModified,
  projectStatus,
  releasedAt,
} from './gather.ts';
import { gatherFurther } from './gather-further.ts';
import type { Inspect } from './install-code/inspect.ts';
import { judge } from './judge.ts';
import { isInternal } from './lists.ts';
import { minRankedDownloads, type Popularity, popularity } from './names/popularity.ts';
import { type Policy, policyVersion } from './policy.ts';
import type { Sources } from './sources/types.ts';
import type { Assessment, Firewall, Signal, Signals, Subject } from './types.ts';

/** What a firewall is opened with. */
export type FirewallOptions = {
  readonly policy: Policy;
  readonly sources: Sources;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Ranks and similar names; the list that ships with awspip unless given. */
  readonly popular?: Popularity | undefined;
  /** Looks into files for install-time code; without it that is unknown. */
  readonly inspect?: Inspect | undefined;
};

/** The package firewall: facts about a release in, a verdict out. Nothing is asked until a release is assessed. */
export function openFirewall(options: FirewallOptions): Firewall {
  const opened = { ...options, popular: options.popular ?? popularity(options.policy.protected) };
  const version = policyVersion(options.policy);
  return {
    policyVersion: version,
    assess: (subject) => assess(subject, opened, version),
  };
}

type Opened = FirewallOptions & { readonly popular: Popularity };

async function assess(subject: Subject, options: Opened, version: string): Promise<Assessment> {
  if (!isProjectName(subject.name)) {
    throw new AwspipError('name-invalid', `\`${shorten(subject.name)}\` is not a project name`, {
      exit: 'usage',
      hint: 'a name has letters, digits, `-`, `_` and `.`, and starts and ends with a letter or digit',
    });
  }
  const { policy, now } = options;
  const name = normaliseName(subject.name);
  const { signals, release } = await gatherSignals(name, subject, options);
  const verdict = judge({ name, version: release, signals, policy, now: now(), policyVersion: version });
  return { verdict, signals, name, version: release };
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

async function gatherSignals(
  name: ProjectName,
  subject: Subject,
  { policy, sources, now, popular, inspect }: Opened,
): Promise<{ signals: Signals; release: string | null }> {
  const at = new Date(now()).toISOString();
  const internal = isInternal(policy, name);
  const asked = internal ? silent(at) : sources;
  const rank = internal ? null : popular.rankOf(name);
  const downloads = countDownloads({ name, rank, policy, asked, at });
  const early = subject.version === null ? undefined : asked.malware(name, subject.version);
  const known = knowProject(name, subject, await asked.project(name), at);
  const release = subject.version ?? chooseVersion(known);
  const malware = early ?? (release === null ? undefined : asked.malware(name, release));
  const time = releasedAt(known, release);
  // The page of an internal project is the asker's own; without one, none is looked for.
  const looker = internal && subject.page === undefined ? undefined : inspect;
  const question = { known, release, releasedAt: time, rank, policy, asked, inspect: looker, subject };
  const [further, stars] = await Promise.all([gatherFurther(question), countStars(known, asked.stars)]);
  const signals: Signals = {
    downloads: await downloads,
    stars,
    versionsCount: countVersions(known),
    lastModified: lastModified(known),
    releasedAt: time,
    malware: (await malware) ?? noVersion(at),
    projectStatus: projectStatus(known),
    rank,
    similar: internal ? [] : popular.similar(name),
    ...further,
  };
  return { signals, release };
}

const noVersion = (fetchedAt: string): Signal<never> => ({
  known: false,
  source: 'OSV',
  fetchedAt,
  why: 'needs a version, and none is known',
});

type DownloadsQuestion = {
  readonly name: ProjectName;
  readonly rank: number | null;
  readonly policy: Policy;
  readonly asked: Sources;
  readonly at: string;
};

/** The popularity list answers first: it settles every threshold that is below what its last project has. */
async function countDownloads({ name, rank, policy, asked, at }: DownloadsQuestion): Promise<Signal<number>> {
  const highest = Math.max(0, ...policy.rules.map((rule) => (rule.signal === 'downloads' ? rule.below : 0)));
  if (rank === null) return asked.downloads(name);
  if (highest > minRankedDownloads) {
    const counted = await asked.downloads(name);
    if (counted.known) return counted;
  }
  const note = `rank ${rank}: at least this many`;
  return {
    known: true,
    value: minRankedDownloads,
    source: 'popularity list',
    fetchedAt: at,
    note,
    lowerBound: true,
  };
}

/** Stands in for every source where a name is internal: it is never sent out. */
function silent(at: string): Sources {
  const nobody = {
    known: false,
    source: 'policy',
    fetchedAt: at,
    why: 'keeps internal names from outside sources',
  } as const;
  const answer = async (): Promise<typeof nobody> => nobody;
  return {
    project: answer,
    downloads: answer,
    stars: answer,
    malware: answer,
    archived: answer,
    vulnerabilities: answer,
    attested: answer,
  };
}
