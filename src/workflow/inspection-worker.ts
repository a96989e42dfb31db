import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FileInspection } from '../firewall/install-code/code-finding.ts';
import { inspectArchive } from '../firewall/install-code/inspect-archive.ts';
import { type OwnMetadata, readOwnMetadata, type StoredArchive } from './own-metadata.ts';

/** What a worker does with an archive, by the name of the job. */
export const jobs = { inspect: inspectArchive, metadata: readOwnMetadata };

/** What is read of the archives on disk. */
export type ArchiveReader = {
  /** Inspects the code of an archive. */
  readonly inspectFile: (archive: StoredArchive) => Promise<FileInspection>;
  readonly readMetadata: (archive: StoredArchive) => Promise<OwnMetadata>;
};

/** A message to the worker. */
export type WorkerTask = StoredArchive & { readonly job: keyof typeof jobs };

/** The worker's answer to each message. `failure`: an error of the file system. */
export type WorkerAnswer = { readonly result: unknown } | { readonly failure: string };

const maxMegabytes = 1_024;
const bundled = ['./inspect-worker.js', '../inspect-worker.js'];

/**
 * Returns a reader that reads archives in a worker thread, one after the other. The thread starts with the first one.
 * An archive that exhausts the thread's memory is unreadable. Without the bundled worker, as in tests of the source,
 * archives are read in this thread.
 *
 * @param script the path of the worker; tests give their own
 */
export function openInspectionWorker(script: string | undefined = bundledWorker()): ArchiveReader {
  if (script === undefined) return { inspectFile: inspectArchive, readMetadata: readOwnMetadata };
  let worker: Worker | undefined;
  const end = (ended: Worker): void => {
    if (worker === ended) worker = undefined;
  };
  let last: Promise<unknown> = Promise.resolve();
  const answerTo = (task: WorkerTask): Promise<unknown> => {
    const answer = last.then(() => {
      worker ??= startWorker(script, end);
      return answerOf(worker, task);
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    inspectFile: async ({ filename, archive }) => {
      try {
        return (await answerTo({ job: 'inspect', filename, archive })) as FileInspection;
      } catch (error) {
        if (error instanceof WorkerEnd) return { filename, findings: [], unreadable: error.message };
        throw error;
      }
    },
    readMetadata: async ({ filename, archive }) =>
      (await answerTo({ job: 'metadata', filename, archive })) as OwnMetadata,
  };
}

/** Thrown for an archive with which the worker ended. The message is a predicate. */
class WorkerEnd extends Error {
  override readonly name = 'WorkerEnd';
}

function bundledWorker(): string | undefined {
  return bundled.map((file) => fileURLToPath(new URL(file, import.meta.url))).find((file) => existsSync(file));
}

function startWorker(script: string, onEnd: (worker: Worker) => void): Worker {
  const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: maxMegabytes } });
  // An idle worker doesn't keep the process running.
  worker.unref();
  worker.on('error', () => onEnd(worker)).on('exit', () => onEnd(worker));
  return worker;
}

function answerOf(worker: Worker, task: WorkerTask): Promise<unknown> {
  // The process waits for an answer, but not for an idle worker.
  worker.ref();
  return new Promise((resolve, reject) => {
    const onError = () => reject(new WorkerEnd('needs too much memory to be inspected'));
    const onExit = () => reject(new WorkerEnd('could not be inspected'));
    worker.once('error', onError).once('exit', onExit);
    worker.once('message', (answer: WorkerAnswer) => {
      worker.off('error', onError).off('exit', onExit);
      worker.unref();
      if ('failure' in answer) reject(new Error(answer.failure));
      else resolve(answer.result);
    });
    worker.postMessage(task);
  });
}
