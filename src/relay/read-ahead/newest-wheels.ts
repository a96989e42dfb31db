import { admissiblePositions } from '../../index/admissible.ts';
import { candidatesInSlices } from '../../index/candidates.ts';
import type { IndexFile, ProjectPage, TargetEnvironment } from '../../index/types.ts';
import type { ReadAheadRequest } from './types.ts';

/**
 * Returns the file of each release that an installer takes without a further requirement, newest first; undefined for
 * an sdist.
 */
export async function newestWheels(
  page: ProjectPage,
  environment: TargetEnvironment,
  { formatControl, pre }: Pick<ReadAheadRequest, 'formatControl' | 'pre'>,
): Promise<readonly (IndexFile | undefined)[]> {
  const usable = (await candidatesInSlices(page, environment, formatControl)).filter(({ best }) => best !== undefined);
  return admissiblePositions(usable, [], { prereleases: pre }).map((position) => {
    const best = usable[position]?.best;
    return best?.kind === 'wheel' ? best.file : undefined;
  });
}
