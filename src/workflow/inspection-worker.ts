import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FileInspection } from '../firewall/install-code/code-finding.ts';
import { inspectArchive } from '../firewall/install-code/inspect-archive.ts';

/** Inspects a file on disk. `sha256`: its digest, if it was checked. */
export type InspectFile = (file: InspectionTask & { readonly sha256?: string | undefined }) => Promise<FileInspection>;

/** A message to the worker: the path of one archive. */
export type InspectionTask = { readonly filename: string; readonly archive: string };

/** The worker's answer to each message. `failure`: an error of the file system. */
export type InspectionAnswer = { readonly inspection: FileInspection } | { readonly failure: string };

const maxMegabytes = 1_024;
const bundled = ['./inspect-worker.js', '../inspect-worker.js'];

/**
 * Returns a function that inspects files in a worker thread, one after the other. The thread starts with the first file.
 * A file that exhausts the thread's memory is unreadable. Without the bundled worker, as in tests of the source, files
 * are inspected in this thread.
 *
 * @param script the path of the worker; tests give their own
 */
export function openInspectionWorker(script: string | undefined = bundledWorker()): InspectFile {
  if (script === undefined) return inspectArchive;
  let worker: Worker | undefined;
  const end = (ended: Worker): void => {
    if (worker === ended) worker = undefined;
  };
  const inspect = (task: InspectionTask): Promise<FileInspection> => {
    worker ??= startWorker(script, end);
    return answerOf(worker, task);
  };
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(() => inspect(task));
    last = result.catch(() => undefined);
    return result;
  };
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

function answerOf(worker: Worker, { filename, archive }: InspectionTask): Promise<FileInspection> {
  // The process waits for an answer, but not for an idle worker.
  worker.ref();
  return new Promise((resolve, reject) => {
    const unreadable = (reason: string) => resolve({ filename, findings: [], unreadable: reason });
    const onError = () => unreadable('needs too much memory to be inspected');
    const onExit = () => unreadable('could not be inspected');
    worker.once('error', onError).once('exit', onExit);
    worker.once('message', (answer: InspectionAnswer) => {
      worker.off('error', onError).off('exit', onExit);
      worker.unref();
      if ('failure' in answer) reject(new Error(answer.failure));
      else resolve(answer.inspection);
    });
    worker.postMessage({ filename, archive } satisfies InspectionTask);
  });
}
