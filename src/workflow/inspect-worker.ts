import { parentPort } from 'node:worker_threads';
import { optimizeLate } from '../compiler-settings.ts';
import { jobs, type WorkerAnswer, type WorkerTask } from './inspection-worker.ts';

optimizeLate();
/** Reads archives in a thread of its own, so that the local stack keeps answering meanwhile. */
parentPort?.on('message', ({ job, ...archive }: WorkerTask) => {
  jobs[job](archive).then(
    (result: unknown) => parentPort?.postMessage({ result } satisfies WorkerAnswer),
    (error: unknown) => parentPort?.postMessage({ failure: String(error) } satisfies WorkerAnswer),
  );
});
