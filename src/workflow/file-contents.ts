import type { FileInspection } from '../firewall/install-code/code-finding.ts';
import type { IndexFile } from '../index/types.ts';
import { withTemporaryFile, writeChunks } from '../temporary-file.ts';
import type { ArchiveReader } from './inspection-worker.ts';
import type { OwnMetadata, StoredArchive } from './own-metadata.ts';

/** What the inspection knows of a file whose digest was checked. */
export type FileContent = {
  readonly own: OwnMetadata;
  /** Absent if the policy judges no code. */
  readonly inspection?: FileInspection | undefined;
};

/** Downloads a file, checks its digest, and passes its bytes to `write` in order. */
type Download = (file: IndexFile, write?: (chunk: Buffer) => Promise<unknown>) => Promise<void>;

/** Reads the content of a file that `download` sends. */
export type ReadContent = (file: IndexFile, download: Download) => Promise<FileContent>;

type Options = ArchiveReader & {
  /** Whether the policy judges the code in files. */
  readonly inspectsCode: boolean;
  /** The folder for files while they are read. */
  readonly temporaryFolder: string;
};

/** Contents that wait or were not used yet, and the files of those that wait, which take up disk space. */
const max = { kept: 200, waiting: 40 };

/**
 * Reads the contents of files. What an import downloads is read at the same time, while its release is assessed, so that
 * the inspection finds the result. A content is known by the digest of the file, which the download has checked, and is
 * used once.
 */
export function openFileContents({ inspectFile, readMetadata, inspectsCode, temporaryFolder }: Options) {
  const early = new Map<string, Promise<FileContent | undefined>>();
  let waiting = 0;
  const contentOf = async (archive: StoredArchive): Promise<FileContent> => {
    const [own, inspection] = await Promise.all([
      readMetadata(archive),
      inspectsCode ? inspectFile(archive) : undefined,
    ]);
    return { own, inspection };
  };
  const readEarly = async (file: IndexFile, archive: string): Promise<void> => {
    // A file that is fetched before its import arrives twice.
    if (early.has(keyOf(file))) return;
    const content = contentOf({ filename: file.filename, archive }).catch(() => undefined);
    early.set(keyOf(file), content);
    for (const oldest of early.keys()) {
      if (early.size <= max.kept) break;
      early.delete(oldest);
    }
    await content;
  };
  const read: ReadContent = async (file, download) => {
    const known = early.get(keyOf(file));
    early.delete(keyOf(file));
    return (
      (await known) ??
      withTemporaryFile(temporaryFolder, async (archive) => {
        await writeChunks(archive, (write) => download(file, write));
        return contentOf({ filename: file.filename, archive });
      })
    );
  };
  return {
    read,
    /** Reads a file on disk whose digest was checked, before its import. */
    readAhead: readEarly,
    /** Downloads a file, and ends when it is complete. Reading its content goes on. */
    fetch: (file: IndexFile, download: Download): Promise<void> => {
      const isKnown = early.has(keyOf(file));
      if (isKnown || file.hashes.sha256 === undefined || waiting >= max.waiting) return download(file);
      waiting += 1;
      return new Promise((resolve, reject) => {
        withTemporaryFile(temporaryFolder, async (archive) => {
          await writeChunks(archive, (write) => download(file, write));
          resolve();
          await readEarly(file, archive);
        })
          .catch(reject)
          .finally(() => {
            waiting -= 1;
          });
      });
    },
  };
}

function keyOf({ filename, hashes }: IndexFile): string {
  return `${hashes.sha256?.toLowerCase() ?? ''} ${filename}`;
}
