import { admissiblePositions } from '../../index/admissible.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import { mapConcurrently } from '../../map-concurrently.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Context, EnvironmentInput } from './context.ts';

/** Projects, releases per project, the releases that one of these needs, and the time to resolve one of them. */
const limits = { releases: 10, projects: 10, dependencies: 40, parallel: 8, seconds: 20 };
/** Causes for which no other release of the project exists. */
const finalCauses = new Set(['no-project', 'private', 'no-release']);

/**
 * Adds the newest release that would pass to each fatal refusal of a root, so that a person can request that version,
 * or says that none would. A person can't choose the version of a dependency, so those refusals get neither.
 */
export async function suggestInstead(
  context: Context,
  { roots, constraints }: Pick<EnvironmentInput, 'roots' | 'constraints'>,
  refusals: readonly Refusal[],
): Promise<readonly Refusal[]> {
  const known = new Map<ProjectName, Promise<Suggestion>>();
  const find = (root: Requirement): Promise<Suggestion> => {
    const found = known.get(root.name) ?? newestPassing(context, root, constraints);
    known.set(root.name, found);
    return found;
  };
  return Promise.all(
    refusals.map(async (refusal) => {
      const root = roots.find(({ name }) => name === refusal.name);
      const hasAlternative = refusal.fatal && root !== undefined && !finalCauses.has(refusal.because ?? '');
      if (!hasAlternative || (known.size >= limits.projects && !known.has(root.name))) return refusal;
      // A release whose metadata can't be read is no suggestion.
      const { instead, considered } = await find(root).catch((): Suggestion => ({ considered: 0 }));
      if (instead !== undefined) return instead === refusal.version ? refusal : { ...refusal, instead };
      const isJudged = refusal.kind === 'BLOCKED' || refusal.kind === 'HELD';
      if (!isJudged || refusal.detail !== undefined || considered < 2) return refusal;
      return { ...refusal, detail: `none of the ${considered} newest releases of \`${root.name}\` would pass` };
    }),
  );
}

type Suggestion = {
  readonly instead?: string | undefined;
  /** The number of releases that were considered. */
  readonly considered: number;
};

async function newestPassing(
  context: Context,
  root: Requirement,
  constraints: EnvironmentInput['constraints'],
): Promise<Suggestion> {
  const project = await context.catalogue.project(root.name);
  const { pre } = context.input.request.options;
  const specifiers = constraints.get(root.name) ?? [];
  const considered = admissiblePositions(project.usable, specifiers, { prereleases: pre }).slice(0, limits.releases);
  for (const at of considered) {
    const version = project.usable[at]?.version;
    if (version === undefined || !(await wouldPass(context, { ...root, specifier: `==${version}` }, constraints)))
      continue;
    return { instead: version, considered: considered.length };
  }
  return { considered: considered.length };
}

/** Checks whether a pinned root has a solution of which every release would pass. */
async function wouldPass(
  context: Context,
  pinned: Requirement,
  constraints: EnvironmentInput['constraints'],
): Promise<boolean> {
  const { request, now, wouldPass: passes } = context.input;
  const deadline = now() + limits.seconds * 1000;
  const { noDeps } = request.options;
  const solution = await context.solveEnvironment({ roots: [pinned], constraints, noDeps, building: [], deadline });
  if (solution.kind !== 'solved' || solution.releases.size > limits.dependencies) return false;
  if (passes === undefined) return true;
  const checks = await mapConcurrently([...solution.releases.values()], limits.parallel, ({ name, candidate }) =>
    passes({ name, version: candidate.version }, candidate.best.file),
  );
  return checks.every(Boolean);
}
