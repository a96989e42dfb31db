import { projectOfFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { fetchPage, type KnownFile, type PageResult, sha256Of } from './fetch-page.ts';
import type { Route } from './route.ts';

/** The pages of the repository and the files that they list, by relay path. */
export type Catalogue = {
  page(name: ProjectName, signal: AbortSignal): Promise<PageResult>;
  /** Returns the file for a relay path; undefined when no page lists it. */
  file(path: Extract<Route, { kind: 'file' }>, signal: AbortSignal): Promise<KnownFile | undefined>;
  reset(): void;
};

/** Opens an empty catalogue. */
export function openCatalogue(ports: Parameters<typeof fetchPage>[0]): Catalogue {
  const files = new Map<string, KnownFile>();
  const page: Catalogue['page'] = async (name, signal) => {
    const result = await fetchPage(ports, name, signal);
    if (result.kind === 'page') addFiles(files, result.page);
    return result;
  };
  return {
    page,
    async file({ digest, filename }, signal) {
      const key = `${digest}/${filename}`;
      // A lock file names files whose page pip never requests.
      const name = files.has(key) ? undefined : projectOfFilename(filename);
      if (name !== undefined) await page(name, signal);
      return files.get(key);
    },
    reset: () => files.clear(),
  };
}

function addFiles(files: Map<string, KnownFile>, page: ProjectPage): void {
  for (const file of page.files) {
    const sha256 = sha256Of(file);
    if (sha256 !== undefined) files.set(`${sha256.slice(0, 16)}/${file.filename}`, { file, sha256 });
  }
}
