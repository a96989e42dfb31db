import { callWithRetry } from '../claimed-releases.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { RequestEnd } from './conclude.ts';

/**
 * Sends a notice about a request that did not end SECURE. A failed notice is recorded and doesn't change the verdict.
 */
export const notifyTask =
  (ports: WorkflowPorts) =>
  async ({ end: { requestId, execution, status } }: { end: RequestEnd }): Promise<void> => {
    if (status === 'SECURE' || requestId === '') return;
    const record = await ports.store.readRequest(requestId, { consistent: true });
    if (record === undefined || record.execution !== execution) return;
    const answer = await callWithRetry(ports, () => ports.notify(record));
    if ('cause' in answer) await ports.store.updateRequest(requestId, execution, { noticeFailed: answer.cause });
  };
