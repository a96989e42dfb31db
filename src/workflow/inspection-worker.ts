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

/** The worker's answer to each message, in their order. `failure`: an error of the file system. */
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
  const answerTo = openTaskQueue(script);
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

type Unanswered = {
  readonly task: WorkerTask;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
};

/**
 * Returns a function that passes a task to a worker and returns its result. The worker has all tasks from the start, so that
 * it never waits for this thread, and answers in their order. If it ends, the task that it worked on fails, and a new worker
 * has the others.
 */
function openTaskQueue(script: string): (task: WorkerTask) => Promise<unknown> {
  const unanswered: Unanswered[] = [];
  let worker: Worker | undefined;
  const start = (): Worker => {
    const started = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: maxMegabytes } });
    let end = new WorkerEnd('could not be inspected');
    started.on('message', (answer: WorkerAnswer) => {
      const first = unanswered.shift();
      // The process waits for answers, but not for an idle worker.
      if (unanswered.length === 0) started.unref();
      if ('failure' in answer) first?.reject(new Error(answer.failure));
      else first?.resolve(answer.result);
    });
    started.on('error', () => {
      end = new WorkerEnd('needs too much memory to be inspected');
    });
    // Only now have all its answers arrived.
    started.on('exit', () => {
      unanswered.shift()?.reject(end);
      worker = unanswered.length === 0 ? undefined : start();
    });
    for (const { task } of unanswered) started.postMessage(task);
    return started;
  };
  return (task) =>
    new Promise((resolve, reject) => {
      unanswered.push({ task, resolve, reject });
      if (worker === undefined) worker = start();
      else worker.postMessage(task);
      worker.ref();
    });
}
