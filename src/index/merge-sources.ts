import type { Source, SourceAnswer } from './sources.ts';
import type { IndexFile, PageAnswer, ProjectName } from './types.ts';

/** Merges the results of all sources, in their order. */
export function mergeSources(
  name: ProjectName,
  answers: readonly { readonly source: Pick<Source, 'label'>; readonly answer: SourceAnswer }[],
): PageAnswer {
  const causes = answers.flatMap(({ answer }) => (answer.kind === 'failed' ? [answer.cause] : []));
  const found = answers.flatMap(({ source, answer }) =>
    answer.kind === 'found' ? [{ source, page: answer.page }] : [],
  );
  if (found.length === 0)
    return causes.length === 0 ? { kind: 'missing' } : { kind: 'unreachable', cause: causes.join('; ') };
  const statuses = found.flatMap(({ page }) => page.status ?? []);
  return {
    kind: 'found',
    page: {
      name,
      files: mergeFiles(found.flatMap(({ page }) => page.files)),
      status: statuses.includes('quarantined') ? 'quarantined' : statuses[0],
    },
    from: found.map(({ source }) => source.label),
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
    const known = byName.get(file.filename);
    if (known === undefined) byName.set(file.filename, file);
    else if (sameBytes(known, file)) byName.set(file.filename, fillIn(known, file));
  }
  return [...byName.values()];
}

function sameBytes(a: IndexFile, b: IndexFile): boolean {
  return a.hashes.sha256 !== undefined && a.hashes.sha256 === b.hashes.sha256;
}

function fillIn(file: IndexFile, other: IndexFile): IndexFile {
  return {
    ...file,
    requiresPython: file.requiresPython ?? other.requiresPython,
    yanked: file.yanked === false ? other.yanked : file.yanked,
    size: file.size ?? other.size,
    uploadTime: file.uploadTime ?? other.uploadTime,
  };
}
