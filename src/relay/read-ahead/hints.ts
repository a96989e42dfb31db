import { setImmediate } from 'node:timers/promises';
import type { ProjectName, TargetEnvironment } from '../../index/types.ts';
import type { WheelMetadata } from '../wheel-metadata.ts';
import { newestWheels } from './newest-wheels.ts';
import type { ReadAheadPorts } from './read-ahead.ts';
import type { ReadAheadRequest } from './types.ts';

type Ports = Pick<ReadAheadPorts, 'page' | 'metadata'> & {
  /** Reads a METADATA that is known by its sha256. */
  readonly text: (name: ProjectName, sha256: string) => Promise<unknown>;
  readonly vettedWith?: WheelMetadata['vettedWith'];
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
 * projects that were vetted with a root, and their METADATA, are usually those that it requires, so that they are read
 * together with its page. No file is fetched for a hint.
 */
export function openHints(
  ports: Ports,
  request: Pick<ReadAheadRequest, 'isCertain' | 'formatControl' | 'pre' | 'noDeps'>,
): Hints {
  const { isCertain, noDeps } = request;
  const { page, metadata, text, vettedWith } = ports;
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

  const readAll = async (root: ProjectName): Promise<void> => {
    const found = isCertain(root) ? await vettedWith?.(root) : undefined;
    await setImmediate(); // The connection of this answer can be used again after it.
    const names = [...(found?.keys() ?? [])].filter((name) => !seen.has(name) && isCertain(name));
    if (isStopped) return;
    const chosen = names.slice(0, maxProjects - seen.size);
    for (const name of chosen) seen.add(name);
    // What fails here is read again with the page, and for the installer's own request, which reports it.
    for (const name of chosen) {
      const sha256 = found?.get(name);
      if (sha256 !== undefined) text(name, sha256).catch(() => {});
    }
    // METADATA takes the connection that is open: an installer waits for that of the root before it needs other pages.
    await setImmediate();
    for (const name of chosen) {
      if (isStopped) return;
      read(name).catch(() => {});
      await setImmediate(); // An answer that arrives meanwhile, or a request of the installer, comes first.
    }
  };

  return {
    follow(roots) {
      if (noDeps || roots.length > maxRoots) return;
      for (const root of roots) readAll(root).catch(() => {});
    },
    begin: (environment) => begin(environment),
    stop() {
      isStopped = true;
    },
  };
}
