import { indexUrlProblem, type NamedIndex, sameIndexKey } from '../index/named-indexes.ts';
import { isDefaultIndex } from './default-index.ts';
import type { UnvettedSource } from './unvetted-source.ts';

/**
 * Returns the sources, with the names that the policy takes from those that are indexes of the policy.
 *
 * @param readIndexes reads the policy's indexes. It is called only if a source may be one of them.
 */
export async function withListedNames(
  sources: readonly UnvettedSource[],
  readIndexes: () => Promise<readonly NamedIndex[]>,
): Promise<readonly UnvettedSource[]> {
  if (!sources.some(mayBeListed)) return sources;
  const indexes = await readIndexes();
  return sources.map((source) => {
    const key = sameIndexKey(source.value.trim());
    const names = mayBeListed(source)
      ? indexes.filter(({ url }) => sameIndexKey(url) === key).flatMap((index) => index.names)
      : [];
    return names.length === 0 ? source : { ...source, listedNames: [...new Set(names)] };
  });
}

/** Returns the URLs of sources that the policy takes names from, as typed. */
export function listedUrls(sources: readonly UnvettedSource[]): readonly string[] {
  return [...new Set(sources.filter(({ listedNames }) => listedNames !== undefined).map(({ value }) => value.trim()))];
}

function mayBeListed({ kind, value }: UnvettedSource): boolean {
  if (kind !== 'index-url' && kind !== 'extra-index-url') return false;
  return indexUrlProblem(value.trim()) === undefined && !isDefaultIndex(value);
}
