import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AwspipError } from '../errors.ts';
import { openAuthorizer } from './authorizer.ts';
import type { Pace } from './dispatchers.ts';
import { openFile, readMetadata } from './file-access.ts';
import { openHttp } from './http.ts';
import type { Http } from './http-types.ts';
import { memoize } from './memoize.ts';
import type { NamedIndex } from './named-indexes.ts';
import { openPageReaders } from './page-readers.ts';
import { mergeProjectLists } from './project-list.ts';
import { retryingHttp } from './retrying-http.ts';
import { folderIndex, folderLinks } from './source-folder.ts';
import { type CacheTiming, remoteIndex, remoteLinks } from './source-http.ts';
import type { Source } from './sources.ts';
import type {
  PageResult,
  ProjectLister,
  ProjectListResult,
  ProjectName,
  UpstreamConfiguration,
  UpstreamIndex,
} from './types.ts';

export type UpstreamOptions = {
  /** How long a page is cached, in seconds. 0 disables the cache. */
  readonly cacheSeconds: number;
  /** `User-Agent` of requests. */
  readonly userAgent?: string | undefined;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** How slow a response may be. */
  readonly pace?: Pace | undefined;
  /** Returns the indexes that have names of their own: the same array until they change. It is called for every page. */
  readonly indexes?: (() => readonly NamedIndex[]) | undefined;
  /** Checks for names of the owner's own projects, which are never looked up on PyPI. It is called for every page. */
  readonly isInternal?: ((name: ProjectName) => boolean) | undefined;
};

const noIndexes: readonly NamedIndex[] = [];

/** How long the list of all projects is cached: it has tens of megabytes. */
const listMilliseconds = 600_000;

/** Maximum number of files on all cached pages: about 100 MB. */
const maxFiles = 200_000;

/**
 * Opens the indexes and folders that the machine's pip would read, as one index.
 *
 * Every source is read, as in pip. A failed source makes the result incomplete. A project is missing only if no source
 * has it and none failed. A name of a named index is read there and nowhere else, and no other name is.
 *
 * @throws {AwspipError} `certificates-unreadable`, `proxy-unusable` or `index-url-unusable` (configuration).
 */
export function openUpstreamIndex(
  configuration: UpstreamConfiguration,
  options: UpstreamOptions,
): UpstreamIndex & ProjectLister {
  const {
    cacheSeconds,
    userAgent = 'awspip',
    now = Date.now,
    sleep = pause,
    pace,
    indexes = () => noIndexes,
    isInternal = () => false,
  } = options;
  const http = retryingHttp(openHttp(configuration, openAuthorizer(configuration), pace), { now, sleep, userAgent });
  const milliseconds = cacheSeconds * 1000;
  const sources = openSources(configuration, http, { milliseconds, now });
  const caching = { milliseconds, now, isCacheable: isComplete, weigh: weightOf, maxWeight: maxFiles };
  const readProjects = async (): Promise<ProjectListResult> =>
    mergeProjectLists(await Promise.all(sources.map(async (source) => source.readProjects?.() ?? { kind: 'missing' })));
  const listTiming = { milliseconds: listMilliseconds, now, weigh: () => 1, maxWeight: 1 };
  const projects = memoize<'all', ProjectListResult>(readProjects, {
    ...listTiming,
    isCacheable: ({ kind }) => kind === 'found',
  });
  const access = { http, credentials: credentialsByOrigin(configuration), hasFolders: sources.some(isFolder), sleep };
  return {
    page: openPageReaders({ sources, http, caching, indexes, isInternal }),
    projects: () => projects('all'),
    open: (file, range) => openFile(file, range, access),
    metadata: (file) => readMetadata(file, access),
    close: () => http.close(),
  };
}

function openSources({ indexUrls, findLinks }: UpstreamConfiguration, http: Http, timing: CacheTiming): Source[] {
  const indexes = [...new Set(indexUrls)].map((text) => {
    const url = parseLocation(text, '--index-url');
    return url.protocol === 'file:' ? folderIndex(url) : remoteIndex(url, http);
  });
  const links = [...new Set(findLinks)].map((text) => {
    const url = parseLocation(text, '--find-links');
    return url.protocol === 'file:' ? folderLinks(url) : remoteLinks(url, http, timing);
  });
  return [...indexes, ...links];
}

/** Parses a URL or a path, as pip does for both kinds of sources. */
function parseLocation(text: string, option: string): URL {
  const isPath = !/^[a-z][a-z0-9+.-]+:/i.test(text) || /^[a-z]:[\\/]/i.test(text);
  const url = isPath ? pathToFileURL(path.resolve(text)) : URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:', 'file:'].includes(url.protocol)) return url;
  throw new AwspipError(
    'index-url-unusable',
    `\`${option}\` names \`${text.replace(/\/\/[^/]*@/, '//')}\`, which is not an index URL or a path`,
    {
      exit: 'configuration',
      hint: 'run `pip config list` to see the configured indexes',
    },
  );
}

function isFolder({ label }: Source): boolean {
  return label.startsWith('file:');
}

/** Returns the credentials for each origin. As in pip, files on the same host as an index use its credentials. */
function credentialsByOrigin({ indexUrls, findLinks }: UpstreamConfiguration): ReadonlyMap<string, URL> {
  const urls = [...indexUrls, ...findLinks].flatMap((text) => (URL.canParse(text) ? [new URL(text)] : []));
  const withUser = urls.filter(({ username, password }) => username !== '' || password !== '');
  return new Map(withUser.reverse().map((url) => [url.origin, url]));
}

/** Checks whether a result is complete. A result with failures is not cached, because the source may recover. */
function isComplete(result: PageResult): boolean {
  return result.kind === 'missing' || (result.kind === 'found' && result.complete);
}

function weightOf(result: PageResult): number {
  return 1 + (result.kind === 'found' ? result.page.files.length : 0);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
