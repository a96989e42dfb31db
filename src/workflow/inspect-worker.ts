import { parentPort } from 'node:worker_threads';
import { optimizeLate } from '../compiler-settings.ts';
import { jobs, type WorkerAnswer, type WorkerTask } from './inspection-worker.ts';

optimizeLate();
let last = Promise.resolve();
/** Reads archives in a thread of its own, one after the other, so that the local stack keeps answering meanwhile. */
parentPort?.on('message', ({ job, ...archive }: WorkerTask) => {
  last = last.then(async () => {
    const answer: WorkerAnswer = await jobs[job](archive).then(
      (result: unknown) => ({ result }),
      (error: unknown) => ({ failure: String(error) }),
    );
    parentPort?.postMessage(answer);
  });
});
