import type { TargetEnvironment } from '../index/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { InstallPorts, InstallRequest } from './types.ts';

/** The requirements to vet before pip can continue. */
export type VettingRound = Pick<InstallRequest, 'roots' | 'buildRoots' | 'constraints' | 'options' | 'target'> & {
  /** The roots that pip named. Some may be build requirements. */
  readonly missing: readonly string[];
  /** The interpreter of pip. */
  readonly environment: TargetEnvironment;
};

export type RequestContent = Parameters<InstallPorts['vet']>[0];

/**
 * The verbs whose missing releases are vetted. `list --outdated` requests every installed project and `index` a single
 * one, so they are excluded.
 */
export const vettedVerbs: ReadonlySet<string> = new Set(['install', 'download', 'wheel', 'lock']);

/**
 * Vets all requirements of a round: the roots as one request, and build requirements as another, because a build has
 * its own environment (PEP 517). Returns the first answer that is not secure, otherwise the first answer. Calls
 * `onAnswer` with each.
 */
export async function vetAll(
  round: VettingRound,
  vet: (request: RequestContent, isQuiet: boolean) => Promise<VettingOutcome>,
  onAnswer: (answer: VettingOutcome) => void,
): Promise<VettingOutcome> {
  const { roots, buildRoots, missing } = round;
  const notify = async (pending: Promise<VettingOutcome>) => {
    const answer = await pending;
    onAnswer(answer);
    return answer;
  };
  const vetBuild = (names: readonly string[], isQuiet: boolean) => notify(vet(buildRequest(round, names), isQuiet));
  const answers = await Promise.all([
    ...(roots.length > 0 ? [notify(vet(installRequest(round), false))] : []),
    ...(buildRoots.length > 0 ? [vetBuild(buildRoots, roots.length > 0)] : []),
  ]);
  const answer = answers.find(({ kind }) => kind !== 'secure') ?? answers[0];
  if (answer === undefined) throw new Error('the round has no roots');
  const needsSeparateBuild = missing.length > 0 && missing.length < roots.length && isContradiction(answer);
  return needsSeparateBuild ? vetBuild(missing, false) : answer;
}

/** Returns the last entry for each release of several requests. */
export function lastPerRelease<Item extends { readonly name: string; readonly version: string | null }>(
  releases: readonly Item[],
): readonly Item[] {
  return [...new Map(releases.map((release) => [`${release.name}==${release.version}`, release])).values()];
}

/** Returns the request for the packages themselves, without those of builds. */
export function installRequest({
  roots,
  constraints,
  options,
  target,
  environment,
}: Pick<VettingRound, 'roots' | 'constraints' | 'options' | 'target' | 'environment'>): RequestContent {
  return { roots, constraints, options, environment: target === undefined ? environment : { ...environment, target } };
}

/**
 * Returns the request for builds. They run on this machine, need all of their dependencies, and may contradict each
 * other.
 */
function buildRequest({ options, environment }: VettingRound, roots: readonly string[]): RequestContent {
  return {
    roots,
    constraints: [],
    options: { ...options, noDeps: false, upgrade: false, separate: true },
    environment,
  };
}

/** Checks whether only contradictory requirements stop the request. */
export function isContradiction(answer: VettingOutcome): boolean {
  if (answer.kind !== 'refused') return false;
  const fatal = answer.record.refusals.filter((refusal) => refusal.fatal);
  return fatal.length > 0 && fatal.every(({ because }) => because === 'conflict' || because === 'constraint');
}
