import type { Deployment } from '../aws/deployment.ts';
import { openAccess } from '../codeartifact/open-access.ts';
import { parseFilename } from '../index/filename.ts';
import type { NetworkSettings, ProjectName, Release } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { normaliseVersion } from '../index/versions.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { repositoryNetwork } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';

const parallel = 8;
const loopback: NetworkSettings = { trustedHosts: [], timeoutSeconds: 30 };

/**
 * Returns for each release whether the vetted repository lists it. A page that can't be read lists nothing, so that a
 * release counts as published only if the repository says so.
 */
export async function listedReleases(
  context: ProcessContext,
  deployment: Deployment,
  releases: readonly Release[],
): Promise<readonly boolean[]> {
  if (releases.length === 0) return [];
  try {
    const versions = await listedVersions(context, deployment, [...new Set(releases.map(({ name }) => name))]);
    return releases.map((release) => versions.get(release.name)?.has(release.version) === true);
  } catch {
    return releases.map(() => false);
  }
}

async function listedVersions(
  context: ProcessContext,
  deployment: Deployment,
  names: readonly ProjectName[],
): Promise<ReadonlyMap<ProjectName, ReadonlySet<string>>> {
  const access = openAccess(context, deployment);
  const [root, { token }] = await Promise.all([access.endpoint(), access.token()]);
  const url = Object.assign(new URL('simple/', root), { username: 'aws', password: token.reveal() });
  const network = deployment.http === undefined ? repositoryNetwork(context) : loopback;
  const configuration = { ...network, indexUrls: [url.href], findLinks: [] };
  // The pattern of the 404 event excludes this user agent.
  const index = openUpstreamIndex(configuration, { cacheSeconds: 0, userAgent: `awspip/${version}` });
  try {
    const pages = await mapConcurrently([...names], parallel, (name) => index.page(name));
    return new Map(
      names.map((name, at) => {
        const page = pages[at];
        const files = page?.kind === 'found' ? page.page.files : [];
        const versions = files.flatMap(({ filename }) => parseFilename(filename, name)?.version ?? []);
        return [name, new Set(versions.map((each) => normaliseVersion(each)))];
      }),
    );
  } finally {
    await index.close();
  }
}
