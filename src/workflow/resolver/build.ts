import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { createRefusal } from './admission.ts';
import type { UsableCandidate } from './catalogue.ts';
import { type ChosenReleases, type Context, type EnvironmentInput, recordRefusal } from './context.ts';
import { describeContradiction, refusalsOf } from './explain.ts';

type BuildPlan =
  | { readonly kind: 'possible'; readonly releases: ChosenReleases }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

const noBuild: BuildPlan = { kind: 'possible', releases: new Map() };

/**
 * Returns the releases that pip's isolated build of an sdist needs (PEP 518). The build environment is resolved
 * separately and without the command's constraints. An sdist in it needs a build environment as well.
 */
export async function planBuild(
  context: Context,
  { building, deadline }: EnvironmentInput,
  name: ProjectName,
  candidate: UsableCandidate,
  requirements: readonly Requirement[] | undefined,
): Promise<BuildPlan> {
  if (candidate.best.kind === 'wheel' || requirements === undefined) return noBuild;
  const { version } = candidate;
  const refuse = (detail: string): BuildPlan => ({
    kind: 'refused',
    refusals: [recordRefusal(context, { ...createRefusal(name, version, 'NOT_FOUND', detail), because: 'unusable' })],
  });
  if (building.includes(name)) return refuse(`building it requires itself, through ${building.join(', ')}`);
  if (building.length >= context.bounds.buildDepth)
    return refuse(`building it requires more than ${context.bounds.buildDepth} nested builds`);
  const environment = {
    roots: requirements,
    constraints: new Map(),
    noDeps: false,
    building: [...building, name],
    deadline,
  };
  const solution = await context.solveEnvironment(environment);
  if (solution.kind === 'solved') return { kind: 'possible', releases: solution.releases };
  const refusals = refusalsOf(solution.leaves);
  const required = requirements.map((requirement) => showRequirement(requirement)).join(', ');
  const reason =
    refusals.length === 0 ? describeContradiction(solution.leaves) : refusals.map((refusal) => refusal.name).join(', ');
  const build = refuse(`its build requirements (${required.slice(0, 200)}) have no solution: ${reason.slice(0, 300)}`);
  return build.kind === 'refused' ? { kind: 'refused', refusals: [...build.refusals, ...refusals] } : build;
}
