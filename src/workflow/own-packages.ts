import type { PageResult, ProjectName, UpstreamIndex } from '../index/types.ts';
import type { Resolution, ResolutionQuery } from './ports.ts';

/** The packages that the owners of secure-pypi published there themselves. */
export type OwnPackages = {
  /** Checks whether secure-pypi has a release of a project that was published there, and not copied. */
  readonly has: (name: ProjectName) => Promise<boolean>;
  /** secure-pypi as an index. */
  readonly index: Pick<UpstreamIndex, 'page' | 'open' | 'metadata'>;
};

type Parts = {
  readonly upstream: UpstreamIndex;
  readonly own: OwnPackages;
  /** Checks whether the policy calls a project internal. Only these are looked up in secure-pypi. */
  readonly isInternal: (name: ProjectName) => boolean;
  /** Whether upstream is public alone, so that no internal project can be there. */
  readonly isPublic: boolean;
};

/** An index that has an own package from secure-pypi alone, and the names of the own packages that it was asked for. */
type IndexWithOwn = { readonly index: UpstreamIndex; readonly isOwn: (name: ProjectName) => boolean };

/**
 * Returns the index for resolutions. No release of an own package comes from upstream, also if upstream has the name. An
 * internal name is not sent to a public index at all.
 */
export function withOwnPackages({ upstream, own, isInternal, isPublic }: Parts): IndexWithOwn {
  const names = new Set<ProjectName>();
  const urls = new Set<string>();
  const page = async (name: ProjectName): Promise<PageResult> => {
    if (!isInternal(name)) return upstream.page(name);
    try {
      if (!(await own.has(name))) {
        names.delete(name);
        return isPublic ? { kind: 'missing' } : await upstream.page(name);
      }
    } catch (error) {
      return { kind: 'unreachable', cause: error instanceof Error ? error.message : String(error) };
    }
    names.add(name);
    const answer = await own.index.page(name);
    if (answer.kind === 'found') for (const { url } of answer.page.files) urls.add(url);
    return answer;
  };
  return {
    index: {
      ...upstream,
      page,
      open: (file, range) => (urls.has(file.url) ? own.index : upstream).open(file, range),
      metadata: (file) => (urls.has(file.url) ? own.index : upstream).metadata(file),
    },
    isOwn: (name) => names.has(name),
  };
}

/** The port that resolves a request. */
export type Resolve = (query: ResolutionQuery) => Promise<Resolution>;

/**
 * Returns a resolution that needs no verdict on own packages, and leaves them out of the releases to vet, because they
 * are in secure-pypi. Their dependencies are vetted like all others.
 */
export function resolveWithOwnPackages(resolve: Resolve, isOwn: (name: ProjectName) => boolean): Resolve {
  return async (query) => {
    const resolution = await resolve({
      ...query,
      refusalOf: async (release, time) => (isOwn(release.name) ? undefined : query.refusalOf(release, time)),
      refusalOfFile: async (release, file) => (isOwn(release.name) ? undefined : query.refusalOfFile(release, file)),
      wouldPass: async (release, file) => isOwn(release.name) || query.wouldPass(release, file),
    });
    return { ...resolution, releases: resolution.releases.filter(({ name }) => !isOwn(name)) };
  };
}
