import { hasOwnReleases } from '../codeartifact/has-own-releases.ts';
import type { RepositoryLocation } from '../codeartifact/release-assets.ts';
import { isCompleteIndex } from '../firewall/serve/with-pages.ts';
import type { ProjectName, UpstreamConfiguration, UpstreamIndex } from '../index/types.ts';
import { type OwnPackages, type Resolve, resolveWithOwnPackages, withOwnPackages } from './own-packages.ts';

type Options = {
  readonly upstream: UpstreamIndex;
  /** The sources of `upstream`. */
  readonly sources: Pick<UpstreamConfiguration, 'indexUrls' | 'findLinks'>;
  /** secure-pypi, as the API addresses it and as an index. */
  readonly location: RepositoryLocation;
  readonly secure: OwnPackages['index'];
  /** Checks whether the policy calls a project internal. */
  readonly isPrivate: (name: ProjectName) => boolean;
};

/** Opens the index for resolutions, and returns a function that adapts a resolution to own packages. */
export function openOwnPackages({ upstream, sources, location, secure, isPrivate }: Options) {
  const { index, isOwn } = withOwnPackages({
    upstream,
    isInternal: isPrivate,
    isPublic: sources.findLinks.length === 0 && sources.indexUrls.every(isCompleteIndex),
    own: { has: (name) => hasOwnReleases(location, name), index: secure },
  });
  return { index, resolving: (resolve: Resolve) => resolveWithOwnPackages(resolve, isOwn) };
}
