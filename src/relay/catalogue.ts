import { setMaxListeners } from 'node:events';
import { projectOfFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { deferredLog } from './deferred-log.ts';
import { fetchPage, type KnownFile, type PageResult, sha256Of } from './fetch-page.ts';
import type { Route } from './route.ts';

/** The pages of the repository and the files that they list, by relay path. */
export type Catalogue = {
  page(name: ProjectName, signal: AbortSignal): Promise<PageResult>;
  /** Reads a page, if it was not served yet; undefined if it can't be read, which a request then reports. */
  ahead(name: ProjectName): Promise<ProjectPage | undefined>;
  /** Reads a page ahead, and returns whether the repository has none. Then it has none for this run. */
  lacks(name: ProjectName): Promise<boolean>;
  /** Returns the file for a relay path, or that no page lists it, or that the page could not be read. */
  file(
    path: Omit<Extract<Route, { kind: 'file' }>, 'kind'>,
    signal: AbortSignal,
  ): Promise<KnownFile | 'unlisted' | 'unknown'>;
  reset(): void;
};

/** Opens an empty catalogue. */
export function openCatalogue(ports: Parameters<typeof fetchPage>[0]): Catalogue {
  const files = new Map<string, KnownFile>();
  /** Projects whose pages could not be read in this run. pip repeats the request of a file several times. */
  const failedPages = new Set<ProjectName>();
  /** The pages that were served in this run. */
  const served = new Map<ProjectName, ProjectPage>();
  /** The pages that were read ahead in this run. */
  const early = new Map<ProjectName, ReturnType<typeof fetchEarly>>();
  /** Projects that were found missing. They stay so in this run: pip must not see a part of what is being vetted. */
  const lacking = new Set<ProjectName>();
  let run = openRun();
  const fetchEarly = async (name: ProjectName) => {
    const log = deferredLog();
    return { result: await fetchPage({ ...ports, requestLog: log }, name, run.signal), log };
  };
  const ahead = (name: ProjectName) => {
    const pending = early.get(name) ?? fetchEarly(name);
    early.set(name, pending);
    return pending;
  };
  const page: Catalogue['page'] = async (name, signal) => {
    const known = await early.get(name)?.catch(() => undefined);
    const isUsable = known !== undefined && (known.result.kind === 'page' || lacking.has(name));
    if (isUsable) known.log.replay(ports.requestLog);
    const result = isUsable ? known.result : await fetchPage(ports, name, signal);
    if (result.kind === 'page') {
      addFiles(files, result.all);
      served.set(name, result.page);
    }
    if (result.kind === 'status' && result.status !== 404) failedPages.add(name);
    else failedPages.delete(name);
    return result;
  };
  return {
    page,
    async ahead(name) {
      const known = served.get(name);
      if (known !== undefined) return known;
      const { result } = await ahead(name);
      return result.kind === 'page' ? result.page : undefined;
    },
    async lacks(name) {
      const { result } = await ahead(name);
      if (result.kind === 'status' && result.status === 404) lacking.add(name);
      return lacking.has(name);
    },
    async file({ digest, filename }, signal) {
      const key = `${digest}/${filename}`;
      // A lock file names files whose page pip never requests.
      const name = files.has(key) ? undefined : projectOfFilename(filename);
      if (name !== undefined && !failedPages.has(name)) await page(name, signal);
      return files.get(key) ?? (name !== undefined && failedPages.has(name) ? 'unknown' : 'unlisted');
    },
    reset() {
      files.clear();
      failedPages.clear();
      served.clear();
      early.clear();
      lacking.clear();
      run.abort();
      run = openRun();
    },
  };
}

/** Many pages are read at the same time, and each read listens several times. */
function openRun(): AbortController {
  const run = new AbortController();
  setMaxListeners(0, run.signal);
  return run;
}

function addFiles(files: Map<string, KnownFile>, page: ProjectPage): void {
  for (const file of page.files) {
    const sha256 = sha256Of(file);
    if (sha256 !== undefined) files.set(`${sha256.slice(0, 16)}/${file.filename}`, { file, sha256 });
  }
}
