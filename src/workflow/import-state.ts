import { AwspipError } from '../errors.ts';
import type { Release } from '../index/types.ts';
import { isInstallable } from './batches.ts';

/** A published revision that lacks files, and since when it has been the newest. */
export type SeenRevision = {
  readonly revision: string;
  /** Epoch milliseconds. */
  readonly since: number;
};

type ImportState =
  | { readonly kind: 'ready'; readonly revision: string; readonly sha256: Readonly<Record<string, string>> }
  | { readonly kind: 'importing'; readonly seen: SeenRevision | undefined };

/** The maximum wait for CodeArtifact's import, after which the state machine pauses and tries the release again. */
const maxWaitMilliseconds = 600_000;
/**
 * Milliseconds without a new file after which an incomplete release counts as complete. CodeArtifact limits the files
 * per version, so some files may never be imported.
 */
const settledAfter = 30_000;
/** Seconds. The longest is well below the time of a lease, which a look renews. */
const pauses = { shortest: 1, longest: 20, longestOfMany: 60 };
/** More batches look less often, so that the history of the execution stays below the limit of 25,000 events. */
const fewBatches = 8;

/**
 * Decides whether the import of a release has finished: its published revision has every assessed file, or has not
 * changed for 30 seconds.
 *
 * @param found the published revision of package-install and its files; undefined before there is one
 * @param elapsed milliseconds since the import was requested
 * @throws AwspipError `import-slow` (`unavailable`)
 */
export function decideImport({
  release,
  found,
  assessed,
  seen,
  elapsed,
  now,
}: {
  readonly release: Release;
  readonly found: { readonly revision: string; readonly sha256: Readonly<Record<string, string>> } | undefined;
  readonly assessed: Readonly<Record<string, string>>;
  readonly seen: SeenRevision | undefined;
  readonly elapsed: number;
  readonly now: number;
}): ImportState {
  if (found !== undefined) {
    const expected = Object.keys(assessed).filter(isInstallable);
    const isComplete = expected.every((filename) => Object.hasOwn(found.sha256, filename));
    const isSettled =
      Object.keys(found.sha256).length > 0 && seen?.revision === found.revision && now - seen.since >= settledAfter;
    if (isComplete || isSettled) return { kind: 'ready', ...found };
  }
  if (elapsed > maxWaitMilliseconds) throw importSlow(release);
  if (found === undefined || seen?.revision === found.revision) return { kind: 'importing', seen };
  return { kind: 'importing', seen: { revision: found.revision, since: now } };
}

/**
 * Returns the seconds until the next look at imports that began `elapsed` milliseconds ago: about an eighth of these, or
 * more if many batches look in parallel.
 */
export function pauseSeconds(elapsed: number, batchCount: number): number {
  const scale = Math.max(1, batchCount / fewBatches);
  const shortest = Math.ceil(pauses.shortest * scale);
  const longest = Math.min(pauses.longestOfMany, Math.round(pauses.longest * scale));
  return Math.min(longest, Math.max(shortest, Math.round((elapsed * scale) / 8000)));
}

function importSlow({ name, version }: Release): AwspipError {
  const message = `CodeArtifact has not finished importing ${name} ${version} after ${maxWaitMilliseconds / 1000} seconds`;
  return new AwspipError('import-slow', message, {
    exit: 'unavailable',
    hint: 'run the same command again in a few minutes; the import goes on',
  });
}
