import type { Source, SourceResult } from './sources.ts';
import type { IndexFile, PageResult, ProjectName } from './types.ts';

/** Merges the results of all sources, in their order. */
export function mergeSources(
  name: ProjectName,
  results: readonly { readonly source: Pick<Source, 'label'>; readonly result: SourceResult }[],
): PageResult {
  const causes = results.flatMap(({ result }) => (result.kind === 'failed' ? [result.cause] : []));
  const foundResults = results.flatMap(({ source, result }) =>
    result.kind === 'found' ? [{ source, page: result.page }] : [],
  );
  if (foundResults.length === 0)
    return causes.length === 0 ? { kind: 'missing' } : { kind: 'unreachable', cause: causes.join('; ') };
  const statuses = foundResults.flatMap(({ page }) => page.status ?? []);
  return {
    kind: 'found',
    page: {
      name,
      files: mergeFiles(foundResults.flatMap(({ page }) => page.files)),
      status: statuses.includes('quarantined') ? 'quarantined' : statuses[0],
    },
    from: foundResults.map(({ source }) => source.label),
    complete: causes.length === 0,
  };
}

/**
 * Keeps one entry per file name. The first source's entry counts. A later entry with the same sha256 fills in its
 * missing fields.
 */
function mergeFiles(files: readonly IndexFile[]): IndexFile[] {
  const byName = new Map<string, IndexFile>();
  for (const file of files) {
    const existing = byName.get(file.filename);
    if (existing === undefined) byName.set(file.filename, file);
    else if (haveSameDigest(existing, file)) byName.set(file.filename, fillMissingFields(existing, file));
  }
  return [...byName.values()];
}

function haveSameDigest(a: IndexFile, b: IndexFile): boolean {
  return a.hashes.sha256 !== undefined && a.hashes.sha256 === b.hashes.sha256;
}

function fillMissingFields(file: IndexFile, other: IndexFile): IndexFile {
  return {
    ...file,
    requiresPython: file.requiresPython ?? other.requiresPython,
    yanked: file.yanked === false ? other.yanked : file.yanked,
    size: file.size ?? other.size,
    uploadTime: file.uploadTime ?? other.uploadTime,
  };
}
