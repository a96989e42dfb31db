import { tmpdir } from 'node:os';
import { publishRelease } from '../../../codeartifact/publish-release.ts';
import { indexOf } from '../../../index/named-indexes.ts';
import { openUpstreamIndex } from '../../../index/upstream-index.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { artifactRepository, installEndpoint } from './codeartifact.ts';
import { deployedIndexes } from './deployed-indexes.ts';
import { environmentValue } from './environment-value.ts';
import { network } from './web.ts';

/**
 * Returns imports that transfer releases of named indexes to package-install. `public:pypi` has none of them, and origin
 * controls block its projects of the same name.
 */
export function withNamedIndexes(importPublic: WorkflowPorts['requestImport']): WorkflowPorts['requestImport'] {
  const indexes = deployedIndexes();
  const sources = { ...network, indexUrls: [], findLinks: [] };
  const index = openUpstreamIndex(sources, { cacheSeconds: 0, indexes: () => indexes });
  const repository = environmentValue('INSTALL_REPOSITORY');
  const inTurn = openQueue();
  return async (release, sha256, needed) => {
    if (indexOf(release.name, indexes) === undefined) return importPublic(release, sha256);
    const location = { ...artifactRepository(), repository };
    const parts = { index, inTurn, temporaryFolder: tmpdir(), release, sha256, needed };
    await publishRelease({ ...location, ...(await installEndpoint()), ...parts });
  };
}

/** Returns a function that runs work one after another, in the order of the calls. */
function openQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
