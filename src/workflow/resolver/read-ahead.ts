import { admissiblePositions } from '../../index/admissible.ts';
import { evaluateMarker } from '../../index/markers.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Catalogue } from './catalogue.ts';
import type { ResolverInput } from './types.ts';

/**
 * Returns a function that prefetches a requirement: its page, the metadata of the probable choice, and so on for that
 * one's requirements. It ignores failures, because the resolver repeats a failed read when it needs the result.
 *
 * @param prepare reads what is recorded of a project
 */
export function openReadAhead(
  catalogue: Catalogue,
  { environment, options }: ResolverInput['request'],
  max: number,
  prepare: (name: ProjectName) => Promise<unknown> = async () => undefined,
): (requirement: Requirement) => void {
  const seen = new Set<string>();
  const read = async ({ name, extras, specifier, url }: Requirement): Promise<void> => {
    const key = `${name} [${extras.join(',')}] ${specifier}`;
    if (url !== undefined || seen.has(key) || seen.size >= max) return;
    seen.add(key);
    prepare(name).catch(() => undefined);
    const project = await catalogue.project(name, 'prefetch');
    const [first] = admissiblePositions(project.usable, [specifier], { prereleases: options.pre });
    const candidate = project.usable[first ?? -1];
    if (candidate === undefined || options.noDeps) return;
    const { requirements, buildRequirements = [] } = await catalogue.facts(candidate, 'prefetch');
    const applicable = requirements.filter(
      ({ marker }) =>
        marker === undefined || ['', ...extras].some((extra) => evaluateMarker(marker, environment, extra)),
    );
    for (const next of [...applicable, ...buildRequirements]) prefetch(next);
  };
  const prefetch = (requirement: Requirement): void => {
    read(requirement).catch(() => undefined);
  };
  return prefetch;
}
