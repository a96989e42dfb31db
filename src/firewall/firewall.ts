import { AwspipError } from '../errors.ts';
import { indexOf, type NamedIndex } from '../index/named-indexes.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { downloadsThreshold, withoutInstallCode } from './conditions/policy-conditions.ts';
import {
  chooseVersion,
  countStars,
  countVersions,
  joinProjectData,
  lastModified,
  missingPart,
  projectStatus,
  releasedAt,
} from './gather.ts';
import { gatherFurther } from './gather-further.ts';
import type { Inspect } from './install-code/inspect.ts';
import { judge } from './judge.ts';
import { isInternal } from './lists.ts';
import { minRankedDownloads, type Popularity } from './names/popularity.ts';
import { popularityUnder } from './other-index.ts';
import { type Policy, policyVersion } from './policy.ts';
import { repositoryLink } from './repository-link.ts';
import type { Sources } from './sources/types.ts';
import type { Assessment, Firewall, Signal, Signals, Subject, Verdict } from './types.ts';

type FirewallOptions = {
  readonly policy: Policy;
  readonly sources: Sources;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  /** Ranks and similar names. Default: the popularity list of awspip. */
  readonly popular?: Popularity | undefined;
  /** Searches files for install-time code. Without it, that signal is unknown. */
  readonly inspect?: Inspect | undefined;
};

/** Opens a package firewall, which gathers the signals of a release and judges them. */
export function openFirewall(options: FirewallOptions): Firewall {
  const context = { ...options, popular: popularityUnder(options.policy, options.popular) };
  const version = policyVersion(options.policy);
  return {
    policyVersion: version,
    assess: (subject) => assess(subject, context, version),
  };
}

type FirewallContext = FirewallOptions & { readonly popular: Popularity };

async function assess(subject: Subject, firewall: FirewallContext, version: string): Promise<Assessment> {
  if (!isProjectName(subject.name)) {
    throw new AwspipError('name-invalid', `\`${shorten(subject.name)}\` is not a project name`, {
      exit: 'usage',
      hint: 'use letters, digits, `-`, `_` and `.`; start and end with a letter or digit',
    });
  }
  const isInspectedLater = subject.files === 'later';
  const isUninspected = isInspectedLater || subject.files === 'none';
  const context = isUninspected ? { ...firewall, policy: withoutInstallCode(firewall.policy) } : firewall;
  const name = normaliseName(subject.name);
  const { signals, release, missing } = await gatherSignals(name, subject, context);
  const judgeBy = (policy: Policy, known: Signals): Verdict =>
    judge({ name, version: release, signals: known, policy, now: firewall.now(), policyVersion: version });
  const verdict = judgeBy(context.policy, signals);
  const answer = { verdict, signals, name, version: release, ...(missing === undefined ? {} : { missing }) };
  if (!isInspectedLater || verdict.outcome !== 'HELD') return answer;
  const installCode = await inspectHeld(name, release, subject, firewall);
  if (installCode === undefined) return answer;
  const inspected = { ...signals, installCode };
  return { ...answer, signals: inspected, verdict: judgeBy(firewall.policy, inspected) };
}

/**
 * Returns what the most common files of a release on hold do, for the person who decides: a release on hold is never
 * imported, so nothing inspects it later. Returns undefined if there is no finding, because not all files were read.
 */
async function inspectHeld(
  name: ProjectName,
  version: string | null,
  { page }: Subject,
  { policy, popular, inspect }: FirewallContext,
): Promise<Signals['installCode']> {
  if (version === null || page === undefined || inspect === undefined) return undefined;
  const { ranked, unranked, enabled } = policy.gates.installCode;
  if (!enabled) return undefined;
  const found = await inspect({ name, version, page, allFiles: false, wheelsOnly: true });
  const kinds: readonly string[] = popular.rankOf(name) === null ? unranked : ranked;
  const isRelevant = found.known && found.value.some(({ reach }) => reach === 'unreadable' || kinds.includes(reach));
  return isRelevant ? found : undefined;
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

async function gatherSignals(
  name: ProjectName,
  asked: Subject,
  context: FirewallContext,
): Promise<{ signals: Signals; release: string | null; missing: Assessment['missing'] }> {
  const { policy, now, popular } = context;
  const assessedAt = new Date(now()).toISOString();
  const internal = isInternal(policy, name);
  const index = indexOf(name, policy.indexes);
  const isOutside = !internal && index === undefined;
  // A named index is the only one of its names, so its page lists all their releases.
  const subject = index === undefined ? asked : { ...asked, pageComplete: true };
  const sources = isOutside ? context.sources : unknownSources(assessedAt, index);
  const rank = internal ? null : popular.rankOf(name);
  // The requests that need no answer from PyPI start first.
  const downloads = countDownloads({ name, rank, policy, sources, assessedAt });
  const namedVersionMalware = subject.version === null ? undefined : sources.malware(name, subject.version);
  const project = joinProjectData(name, subject, await sources.project(name), assessedAt);
  const release = subject.version ?? chooseVersion(project);
  const malware = namedVersionMalware ?? (release === null ? undefined : sources.malware(name, release));
  const time = releasedAt(project, release);
  // Without a page from the caller, an inspection would request the internal project's page from the index.
  const inspect = internal && subject.page === undefined ? undefined : context.inspect;
  const similar = internal ? [] : popular.similar(name);
  const link = await repositoryLink({ project, similar, rankOf: popular.rankOf, sources });
  const gatherContext = { project, release, releasedAt: time, rank, link, policy, sources, inspect, subject };
  const [further, stars] = await Promise.all([gatherFurther(gatherContext), countStars(project, link, sources.stars)]);
  const requiredBy = !isOutside
    ? []
    : (subject.requiredBy ?? []).map((by) => ({ ...by, rank: popular.rankOf(by.name) }));
  const signals: Signals = {
    downloads: await downloads,
    stars,
    versionsCount: countVersions(project),
    lastModified: lastModified(project),
    releasedAt: time,
    malware: (await malware) ?? versionUnknown(assessedAt),
    projectStatus: projectStatus(project),
    rank,
    similar,
    contained: internal || rank !== null ? [] : popular.contained(name),
    ...(requiredBy.length === 0 ? {} : { requiredBy }),
    ...(index === undefined || subject.page === undefined ? {} : { index: indexSignal(index, policy, assessedAt) }),
    ...further,
  };
  return { signals, release, missing: missingPart(project, subject.version) };
}

const versionUnknown = (fetchedAt: string): Signal<never> => ({
  known: false,
  source: 'OSV',
  fetchedAt,
  why: 'needs a version, and none is known',
});

type DownloadsContext = {
  readonly name: ProjectName;
  readonly rank: number | null;
  readonly policy: Policy;
  readonly sources: Sources;
  readonly assessedAt: string;
};

/**
 * Returns the downloads of the last month. A rank in the popularity list implies a minimum count, which is enough unless
 * the policy has a higher threshold.
 */
async function countDownloads({ name, rank, policy, sources, assessedAt }: DownloadsContext): Promise<Signal<number>> {
  if (rank === null) return sources.downloads(name);
  if (downloadsThreshold(policy) > minRankedDownloads) {
    const downloads = await sources.downloads(name);
    if (downloads.known) return downloads;
  }
  const note = `rank ${rank}, so at least this many`;
  return {
    known: true,
    value: minRankedDownloads,
    source: 'popularity list',
    fetchedAt: assessedAt,
    note,
    lowerBound: true,
  };
}

const indexSignal = ({ url }: NamedIndex, { name }: Policy, fetchedAt: string): NonNullable<Signals['index']> => ({
  known: true,
  value: url,
  source: `policy ${name}`,
  fetchedAt,
});

/**
 * Returns sources whose signals are all unknown. An internal name must not be sent to an outside source, and PyPI may have
 * another project of the same name as another index.
 */
function unknownSources(fetchedAt: string, index: NamedIndex | undefined): Sources {
  const signal = {
    known: false,
    source: 'policy',
    fetchedAt,
    why: index === undefined ? 'forbids outside sources for internal names' : `takes this name from ${index.url}`,
  } as const;
  const unknown = async (): Promise<typeof signal> => signal;
  return {
    project: unknown,
    downloads: unknown,
    stars: unknown,
    malware: unknown,
    archived: unknown,
    vulnerabilities: unknown,
    attested: unknown,
    licence: unknown,
  };
}
