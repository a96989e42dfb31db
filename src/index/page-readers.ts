import type { Http } from './http-types.ts';
import { type MemoizeOptions, memoize } from './memoize.ts';
import { mergeSources } from './merge-sources.ts';
import { indexOf, type NamedIndex, sameIndexKey } from './named-indexes.ts';
import { isProjectName } from './names.ts';
import { isPublicIndex } from './public-index.ts';
import { remoteIndex } from './source-http.ts';
import type { Source } from './sources.ts';
import type { PageResult, ProjectName } from './types.ts';

type PageReader = (name: ProjectName) => Promise<PageResult>;

type Parts = {
  /** The main sources: those of every name that no named index has. */
  readonly sources: readonly Source[];
  readonly http: Http;
  readonly caching: MemoizeOptions<PageResult>;
  readonly indexes: () => readonly NamedIndex[];
  /** Checks for names of the owner's own projects. */
  readonly isInternal: (name: ProjectName) => boolean;
};

/**
 * Returns a function that reads the page of a project from the sources of its name: its named index, or else the main
 * ones. A named index that is also a main source, by pip's configuration, still has no other names. A public index has no
 * internal names: a project of somebody else may have the name there.
 */
export function openPageReaders({ sources, http, caching, indexes, isInternal }: Parts): PageReader {
  const readers = new Map<string, PageReader>();
  let last: readonly NamedIndex[] | undefined;
  const readerOf = (key: string, from: () => readonly Source[]): PageReader => {
    const known = readers.get(key);
    if (known !== undefined) return known;
    const opened = from();
    const reader = memoize((name: ProjectName) => readPage(name, opened), caching);
    readers.set(key, reader);
    return reader;
  };
  return async (name) => {
    const current = indexes();
    // Pages that were read under another policy are neither used nor kept.
    if (current !== last) readers.clear();
    last = current;
    const named = indexOf(name, current);
    if (named?.problem !== undefined) return { kind: 'unreachable', cause: named.problem };
    if (named !== undefined) return readerOf(named.url, () => [remoteIndex(new URL(named.url), http)])(name);
    const excluded = current.map(({ url }) => sameIndexKey(url));
    const isMain = ({ label }: Source): boolean => !excluded.includes(sameIndexKey(label));
    const main = `main ${excluded.join(' ')}`;
    if (!isInternal(name)) return readerOf(main, () => sources.filter(isMain))(name);
    const isOwn = (source: Source): boolean => isMain(source) && !isPublicIndex(source.label);
    return readerOf(`internal ${main}`, () => sources.filter(isOwn))(name);
  };
}

async function readPage(name: ProjectName, sources: readonly Source[]): Promise<PageResult> {
  // An invalid name must not become part of a path or a URL.
  if (!isProjectName(name)) return { kind: 'missing' };
  const results = await Promise.all(sources.map(async (source) => ({ source, result: await source.readPage(name) })));
  return mergeSources(name, results);
}
