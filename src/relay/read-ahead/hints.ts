import type { ProjectName, TargetEnvironment } from '../../index/types.ts';
import { newestWheels } from './newest-wheels.ts';
import type { ReadAheadPorts } from './read-ahead.ts';
import type { ReadAheadRequest } from './types.ts';

type Ports = Pick<ReadAheadPorts, 'page' | 'metadata'> & {
  readonly vettedWith?: (name: ProjectName) => Promise<readonly ProjectName[]>;
};

/** Reads pages and METADATA of projects that will probably be required, all at the same time. */
export type Hints = {
  /** Begins while the installer starts. */
  readonly follow: (roots: readonly ProjectName[]) => void;
  /** Names the interpreter, which METADATA depends on. */
  readonly begin: (environment: TargetEnvironment) => void;
  readonly stop: () => void;
};

/** More roots name most of what they require themselves. */
const maxRoots = 20;
const maxProjects = 200;

/**
 * Opens the reading of hints. Requirements lead from one page to the next METADATA, and each step takes a round trip. The
 * projects that were vetted with a root are usually those that it requires, so that these steps need no further request.
 * No file is fetched for a hint.
 */
export function openHints(
  ports: Ports,
  request: Pick<ReadAheadRequest, 'isCertain' | 'formatControl' | 'pre' | 'noDeps'>,
): Hints {
  const { isCertain, noDeps } = request;
  const { page, metadata, vettedWith } = ports;
  const seen = new Set<ProjectName>();
  let isStopped = false;
  let begin: (environment: TargetEnvironment) => void = () => {};
  const begun = new Promise<TargetEnvironment>((resolve) => {
    begin = resolve;
  });

  const read = async (name: ProjectName): Promise<void> => {
    const [listed, environment] = await Promise.all([page(name), begun]);
    if (listed === undefined || isStopped) return;
    const [newest] = await newestWheels(listed, environment, request);
    if (newest !== undefined) await metadata(name, newest);
  };

  return {
    follow(roots) {
      if (vettedWith === undefined || noDeps || roots.length > maxRoots) return;
      for (const root of roots) {
        const readAll = async () => {
          for (const name of isCertain(root) ? await vettedWith(root) : []) {
            if (isStopped || seen.has(name) || seen.size >= maxProjects || !isCertain(name)) continue;
            seen.add(name);
            read(name).catch(() => {}); // The installer's own request reports it.
          }
        };
        readAll().catch(() => {});
      }
    },
    begin: (environment) => begin(environment),
    stop() {
      isStopped = true;
    },
  };
}
