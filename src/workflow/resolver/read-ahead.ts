import { evaluateMarker } from '../../index/markers.ts';
import type { Requirement } from '../../index/types.ts';
import { admissible } from './admissible.ts';
import type { Catalogue } from './catalogue.ts';
import type { ResolverInput } from './types.ts';

/**
 * Reads ahead: the page of a requirement, the file that will probably be taken, and so on for what that needs. It
 * decides nothing; what fails is asked again, and reported, by who needs it.
 */
export function openReadAhead(
  catalogue: Catalogue,
  { environment, options }: ResolverInput['request'],
  max: number,
): (requirement: Requirement) => void {
  const seen = new Set<string>();
  const look = async ({ name, extras, specifier, url }: Requirement): Promise<void> => {
    const key = `${name} [${extras.join(',')}] ${specifier}`;
    if (url !== undefined || seen.has(key) || seen.size >= max) return;
    seen.add(key);
    const project = await catalogue.project(name, 'foresight');
    const [first] = admissible(project.usable, [specifier], { prereleases: options.pre });
    const candidate = project.usable[first ?? -1];
    if (candidate === undefined || options.noDeps) return;
    const { requirements, buildRequirements = [] } = await catalogue.facts(candidate, 'foresight');
    const wanted = requirements.filter(
      ({ marker }) =>
        marker === undefined || ['', ...extras].some((extra) => evaluateMarker(marker, environment, extra)),
    );
    for (const next of [...wanted, ...buildRequirements]) foresee(next);
  };
  const foresee = (requirement: Requirement): void => {
    look(requirement).catch(() => undefined);
  };
  return foresee;
}
