import { parentPort } from 'node:worker_threads';
import { optimizeLate } from '../compiler-settings.ts';
import { inspectArchive } from '../firewall/install-code/inspect-archive.ts';
import type { InspectionAnswer, InspectionTask } from './inspection-worker.ts';

optimizeLate();
/** Inspects archives in a thread of its own, so that the local stack keeps answering meanwhile. */
parentPort?.on('message', ({ filename, archive }: InspectionTask) => {
  inspectArchive({ filename, archive }).then(
    (inspection) => parentPort?.postMessage({ inspection } satisfies InspectionAnswer),
    (error: unknown) => parentPort?.postMessage({ failure: String(error) } satisfies InspectionAnswer),
  );
});
