import type { TargetEnvironment } from '../index/types.ts';
import type { Answer } from '../vetting/await-vetting.ts';
import type { InstallPorts, Wanted } from './types.ts';

/** What is to be vetted before pip can go on. */
export type Asking = Pick<Wanted, 'roots' | 'buildRoots' | 'constraints' | 'options' | 'target'> & {
  /** Those of the roots that pip named itself: some may be for a build. */
  readonly missing: readonly string[];
  /** The interpreter that asks. */
  readonly environment: TargetEnvironment;
};

type RequestContent = Parameters<InstallPorts['vet']>[0];

/**
 * Has everything vetted: what is to be installed as one request, what only builds need as another, because a build has
 * an environment of its own (PEP 517) that need not agree with the rest. Answers with what stands in the way, else with
 * the first answer; all of them are told to `note`.
 */
export async function vetAll(
  asking: Asking,
  vet: (ask: RequestContent, quietly: boolean) => Promise<Answer>,
  note: (answer: Answer) => void,
): Promise<Answer> {
  const { roots, buildRoots, missing } = asking;
  const tell = async (asked: Promise<Answer>) => {
    const answer = await asked;
    note(answer);
    return answer;
  };
  const build = (names: readonly string[], quietly: boolean) => tell(vet(buildRequest(asking, names), quietly));
  const answers = await Promise.all([
    ...(roots.length > 0 ? [tell(vet(installRequest(asking), false))] : []),
    ...(buildRoots.length > 0 ? [build(buildRoots, roots.length > 0)] : []),
  ]);
  const answer = answers.find(({ kind }) => kind !== 'secure') ?? answers[0];
  if (answer === undefined) throw new Error('nothing was asked');
  const alone = missing.length > 0 && missing.length < roots.length && isContradiction(answer);
  return alone ? build(missing, false) : answer;
}

/** What several requests say of releases, each once: the last word on it. */
export function onceEach<Said extends { readonly name: string; readonly version: string | null }>(
  releases: readonly Said[],
): readonly Said[] {
  return [...new Map(releases.map((release) => [`${release.name}==${release.version}`, release])).values()];
}

function installRequest({ roots, constraints, options, target, environment }: Asking): RequestContent {
  return { roots, constraints, options, environment: target === undefined ? environment : { ...environment, target } };
}

/** Builds run here, with what they need and all of it, whatever is to be installed. */
function buildRequest({ options, environment }: Asking, roots: readonly string[]): RequestContent {
  return { roots, constraints: [], options: { ...options, noDeps: false, upgrade: false }, environment };
}

/** Whether the requirements contradict each other, and nothing else is wrong. */
export function isContradiction(answer: Answer): boolean {
  if (answer.kind !== 'refused') return false;
  const fatal = answer.record.refusals.filter((refusal) => refusal.fatal);
  return fatal.length > 0 && fatal.every(({ because }) => because === 'conflict' || because === 'constraint');
}
