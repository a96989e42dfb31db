import type { FileInspection } from '../firewall/install-code/code-finding.ts';
import type { IndexFile } from '../index/types.ts';
import { withTemporaryFile, writeChunks } from '../temporary-file.ts';
import type { InspectFile } from './inspection-worker.ts';

/** Downloads a file, checks its digest, and passes its bytes to `write` in order. */
type Download = (file: IndexFile, write?: (chunk: Buffer) => Promise<unknown>) => Promise<void>;

type Options = {
  readonly inspectFile: InspectFile;
  /** Whether the policy needs inspections at all. */
  readonly isEnabled: boolean;
  /** The folder for files while they are inspected. */
  readonly temporaryFolder: string;
};

/** Inspections that wait or were not used yet, and the files of those that wait, which take up disk space. */
const max = { kept: 200, waiting: 40 };

/**
 * Inspects files while their releases are assessed, as soon as their import has downloaded them, so that the inspection
 * finds the result. A result is known by the digest of the file, which the download has checked, and is used once.
 */
export function openInspectionAhead({ inspectFile, isEnabled, temporaryFolder }: Options) {
  const early = new Map<string, Promise<FileInspection | undefined>>();
  let waiting = 0;
  const inspect = async (file: IndexFile, archive: string): Promise<void> => {
    const { filename } = file;
    const inspection = inspectFile({ filename, archive }).catch(() => undefined);
    early.set(keyOf(filename, file.hashes.sha256), inspection);
    for (const oldest of early.keys()) {
      if (early.size <= max.kept) break;
      early.delete(oldest);
    }
    await inspection;
  };
  return {
    /** Inspects a file, or returns what is known of its content. */
    inspectFile: async (task: Parameters<InspectFile>[0]): Promise<FileInspection> => {
      const key = keyOf(task.filename, task.sha256);
      const known = early.get(key);
      early.delete(key);
      return (await known) ?? inspectFile(task);
    },
    /** Downloads a file, and ends when it is complete. Its inspection goes on. */
    fetch: (file: IndexFile, download: Download): Promise<void> => {
      if (!isEnabled || file.hashes.sha256 === undefined || waiting >= max.waiting) return download(file);
      waiting += 1;
      return new Promise((resolve, reject) => {
        withTemporaryFile(temporaryFolder, async (target) => {
          await writeChunks(target, (write) => download(file, write));
          resolve();
          await inspect(file, target);
        })
          .catch(reject)
          .finally(() => {
            waiting -= 1;
          });
      });
    },
  };
}

function keyOf(filename: string, sha256: string | undefined): string {
  return `${sha256?.toLowerCase() ?? ''} ${filename}`;
}
