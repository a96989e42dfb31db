import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { unfit } from './admission.ts';
import type { Usable } from './catalogue.ts';
import { type ChosenReleases, type Context, type EnvironmentQuestion, meet } from './context.ts';
import { refusalsOf, sentence } from './explain.ts';

type BuildPlan =
  | { readonly kind: 'possible'; readonly releases: ChosenReleases }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

const nothing: BuildPlan = { kind: 'possible', releases: new Map() };

/**
 * What pip's isolated build of a release needs (PEP 518): an environment of its own, without the command's constraints,
 * and for sdists among it further such environments.
 */
export async function planBuild(
  context: Context,
  { building, deadline }: EnvironmentQuestion,
  name: ProjectName,
  candidate: Usable,
  requirements: readonly Requirement[] | undefined,
): Promise<BuildPlan> {
  if (candidate.best.kind === 'wheel' || requirements === undefined) return nothing;
  const { version } = candidate;
  const refuse = (detail: string): BuildPlan => ({
    kind: 'refused',
    refusals: [meet(context, unfit(name, version, 'ERROR', detail))],
  });
  if (building.includes(name)) return refuse(`building it needs itself, by way of ${building.join(', ')}`);
  if (building.length >= context.bounds.buildDepth)
    return refuse(`building it needs builds nested deeper than ${context.bounds.buildDepth}`);
  const question = {
    roots: requirements,
    constraints: new Map(),
    noDeps: false,
    building: [...building, name],
    deadline,
  };
  const answer = await context.solveEnvironment(question);
  if (answer.kind === 'solved') return { kind: 'possible', releases: answer.releases };
  const refusals = refusalsOf(answer.leaves);
  const asked = requirements.map((each) => showRequirement(each)).join(', ');
  const because = refusals.length === 0 ? sentence(answer.leaves) : refusals.map(({ name: what }) => what).join(', ');
  const own = refuse(`what building it needs (${asked.slice(0, 200)}) can't be had: ${because.slice(0, 300)}`);
  return own.kind === 'refused' ? { kind: 'refused', refusals: [...own.refusals, ...refusals] } : own;
}
