import { projectOfFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { fetchPage, type KnownFile, type PageResult, sha256Of } from './pages.ts';
import type { Route } from './route.ts';

/** Pages, and the files they list by the path that the relay gives them. */
export type Catalogue = {
  page(name: ProjectName, signal: AbortSignal): Promise<PageResult>;
  /** The file behind a path; undefined when no page lists it. */
  file(path: Extract<Route, { kind: 'file' }>, signal: AbortSignal): Promise<KnownFile | undefined>;
  forget(): void;
};

/** An empty one. */
export function openCatalogue(tools: Parameters<typeof fetchPage>[0]): Catalogue {
  const known = new Map<string, KnownFile>();
  const page: Catalogue['page'] = async (name, signal) => {
    const result = await fetchPage(tools, name, signal);
    if (result.kind === 'page') remember(known, result.page);
    return result;
  };
  return {
    page,
    async file({ digest, filename }, signal) {
      const key = `${digest}/${filename}`;
      // A lock file names files whose page was not asked for.
      const name = known.has(key) ? undefined : projectOfFilename(filename);
      if (name !== undefined) await page(name, signal);
      return known.get(key);
    },
    forget: () => known.clear(),
  };
}

function remember(known: Map<string, KnownFile>, page: ProjectPage): void {
  for (const file of page.files) {
    const sha256 = sha256Of(file);
    if (sha256 !== undefined) known.set(`${sha256.slice(0, 16)}/${file.filename}`, { file, sha256 });
  }
}
