import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { admissiblePositions } from './admissible.ts';
import type { Context, EnvironmentInput } from './context.ts';

/** Projects, and releases per project, that the search considers. */
const limits = { releases: 10, projects: 10 };
/** Causes for which no other release of the project exists. */
const finalCauses = new Set(['no-project', 'private', 'no-release']);

/**
 * Adds the newest allowed release to each fatal refusal of a root, so that a person can request that version. A person
 * can't choose the version of a dependency, so those refusals get none.
 */
export async function suggestInstead(
  context: Context,
  { roots, constraints }: Pick<EnvironmentInput, 'roots' | 'constraints'>,
  refusals: readonly Refusal[],
): Promise<readonly Refusal[]> {
  const known = new Map<ProjectName, Promise<string | undefined>>();
  const find = (root: Requirement): Promise<string | undefined> => {
    const found = known.get(root.name) ?? newestAllowed(context, root.name, constraints.get(root.name) ?? []);
    known.set(root.name, found);
    return found;
  };
  return Promise.all(
    refusals.map(async (refusal) => {
      const root = roots.find(({ name }) => name === refusal.name);
      const hasAlternative = refusal.fatal && root !== undefined && !finalCauses.has(refusal.because ?? '');
      if (!hasAlternative || (known.size >= limits.projects && !known.has(root.name))) return refusal;
      // A release whose metadata can't be read is no suggestion.
      const instead = await find(root).catch(() => undefined);
      return instead === undefined || instead === refusal.version ? refusal : { ...refusal, instead };
    }),
  );
}

async function newestAllowed(
  context: Context,
  name: ProjectName,
  constraints: readonly string[],
): Promise<string | undefined> {
  const project = await context.catalogue.project(name);
  const { pre } = context.input.request.options;
  for (const at of admissiblePositions(project.usable, constraints, { prereleases: pre }).slice(0, limits.releases)) {
    const candidate = project.usable[at];
    if (candidate !== undefined && (await context.admit(name, candidate)).kind === 'allowed') return candidate.version;
  }
  return undefined;
}
