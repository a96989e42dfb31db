import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { admissible } from './admissible.ts';
import type { Context, EnvironmentQuestion } from './context.ts';

/** Releases looked at per project, and projects: the way out is worth a few questions, not many. */
const max = { releases: 10, projects: 10 };
/** What no other release mends. */
const hopeless = new Set(['no-project', 'private', 'no-release']);

/**
 * Adds to what stops a root the newest release of that root which nothing speaks against so far, so that a person can
 * ask for it by its version. Not for what is merely needed by a root: nobody can choose there.
 */
export async function withNewest(
  context: Context,
  { roots, constraints }: Pick<EnvironmentQuestion, 'roots' | 'constraints'>,
  refusals: readonly Refusal[],
): Promise<readonly Refusal[]> {
  const known = new Map<ProjectName, Promise<string | undefined>>();
  const find = (root: Requirement): Promise<string | undefined> => {
    const found = known.get(root.name) ?? newest(context, root.name, constraints.get(root.name) ?? []);
    known.set(root.name, found);
    return found;
  };
  return Promise.all(
    refusals.map(async (refusal) => {
      const root = roots.find(({ name }) => name === refusal.name);
      const mendable = refusal.fatal && root !== undefined && !hopeless.has(refusal.because ?? '');
      if (!mendable || (known.size >= max.projects && !known.has(root.name))) return refusal;
      const instead = await find(root).catch(() => undefined); // what can't be looked at is no way out
      return instead === undefined || instead === refusal.version ? refusal : { ...refusal, instead };
    }),
  );
}

async function newest(
  context: Context,
  name: ProjectName,
  constraints: readonly string[],
): Promise<string | undefined> {
  const project = await context.catalogue.project(name);
  const { pre } = context.input.request.options;
  for (const at of admissible(project.usable, constraints, { prereleases: pre }).slice(0, max.releases)) {
    const candidate = project.usable[at];
    if (candidate !== undefined && (await context.admit(name, candidate)).kind === 'allowed') return candidate.version;
  }
  return undefined;
}
