import { normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { compactName, fitsName } from './fits-name.ts';
import { type ProjectData, pypiFacts, unknownFrom } from './gather.ts';
import type { Sources } from './sources/types.ts';
import type { RepositoryLink, Signal, SimilarName } from './types.ts';

type LinkContext = {
  readonly project: ProjectData;
  readonly similar: readonly SimilarName[];
  readonly rankOf: (name: ProjectName) => number | null;
  readonly sources: Pick<Sources, 'project'>;
};

/**
 * Returns the repository that a project declares. It is borrowed if it has the name of another, popular project that
 * declares it too, and this project's name does not fit it or imitates that project.
 */
export async function repositoryLink(context: LinkContext): Promise<Signal<RepositoryLink>> {
  const { project } = context;
  const facts = pypiFacts(project.pypi);
  if (facts === undefined) return unknownFrom(project);
  const declared = facts.repository;
  const { source, fetchedAt } = project.pypi;
  const state = declared === null ? 'missing' : fitsName(declared, project.name) ? 'fits' : 'mismatched';
  const borrowedFrom = declared === null ? undefined : await ownerOf(declared, state, context);
  const value = { state, declared, ...(borrowedFrom === undefined ? {} : { borrowedFrom }) } as const;
  return { known: true, value, source, fetchedAt };
}

async function ownerOf(
  declared: string,
  state: RepositoryLink['state'],
  { project, similar, rankOf, sources }: LinkContext,
): Promise<ProjectName | undefined> {
  if (rankOf(project.name) !== null) return undefined;
  const repository = declared.split('/').at(-1) ?? '';
  const imitated = similar
    .map(({ target }) => target)
    .filter((target) => compactName(target) === compactName(repository));
  const named = state === 'mismatched' ? [normaliseName(repository)] : [];
  for (const candidate of new Set([...imitated, ...named])) {
    if (candidate === project.name || rankOf(candidate) === null) continue;
    const owner = await sources.project(candidate);
    const owned = owner.known ? owner.value?.repository : undefined;
    if (owned?.toLowerCase() === declared.toLowerCase()) return candidate;
  }
  return undefined;
}
