import { attempt } from '../claimed-releases.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { End } from './conclude.ts';

/** Tells people of a request that did not end SECURE. The verdict stands whatever comes of it. */
export const notifyTask =
  (ports: WorkflowPorts) =>
  async ({ end: { requestId, execution, status } }: { end: End }): Promise<void> => {
    if (status === 'SECURE' || requestId === '') return;
    const record = await ports.store.readRequest(requestId, { consistent: true });
    if (record === undefined || record.execution !== execution) return;
    const answer = await attempt(ports, () => ports.notify(record));
    if ('cause' in answer) await ports.store.updateRequest(requestId, execution, { noticeFailed: answer.cause });
  };
