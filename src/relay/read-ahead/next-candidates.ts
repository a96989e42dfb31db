import type { IndexFile, ProjectName, TargetEnvironment } from '../../index/types.ts';
import { sha256Of } from '../fetch-page.ts';
import { newestWheels } from './newest-wheels.ts';
import type { ReadAheadPorts } from './read-ahead.ts';
import type { ReadAheadRequest } from './types.ts';

/** How many releases are read before they are requested. */
const ahead = 40;

/**
 * Returns a function that notes the METADATA that an installer requests. The second one of a project shows that the
 * installer rejected a release: it backtracks, and takes one release after the other. So the METADATA of the next ones is
 * read, all at the same time.
 */
export function openNextCandidates(
  { page, metadata }: Pick<ReadAheadPorts, 'page' | 'metadata'>,
  request: Pick<ReadAheadRequest, 'formatControl' | 'pre'>,
): (name: ProjectName, file: IndexFile, environment: TargetEnvironment) => Promise<void> {
  const requested = new Map<ProjectName, Set<string>>();
  const ordered = new Map<ProjectName, Promise<readonly IndexFile[]>>();

  const filesOf = async (name: ProjectName, environment: TargetEnvironment): Promise<readonly IndexFile[]> => {
    const listed = await page(name);
    if (listed === undefined) return [];
    return (await newestWheels(listed, environment, request)).flatMap((file) => file ?? []);
  };

  return async (name, file, environment) => {
    const known = requested.get(name) ?? new Set();
    requested.set(name, known.add(file.filename));
    if (known.size < 2) return;
    const files = ordered.get(name) ?? filesOf(name, environment);
    ordered.set(name, files);
    const next = await files;
    const at = next.findIndex((other) => sha256Of(other) === sha256Of(file));
    await Promise.all(next.slice(at + 1, at + 1 + ahead).map((other) => metadata(name, other)));
  };
}
