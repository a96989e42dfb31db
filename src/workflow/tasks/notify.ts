import { AwspipError } from '../../errors.ts';
import { callService } from '../claimed-releases.ts';
import type { RequestEnd } from '../conclude.ts';
import type { WorkflowPorts } from '../ports.ts';

/**
 * Sends a notice about a request that did not end SECURE. A failed notice is recorded and doesn't change the verdict.
 *
 * @throws AwspipError `unavailable`, so that the state machine repeats the task
 */
export const notifyTask =
  (ports: WorkflowPorts) =>
  async ({ end: { requestId, execution, status } }: { end: RequestEnd }): Promise<void> => {
    if (status === 'SECURE' || requestId === '') return;
    const record = await ports.store.readRequest(requestId, { consistent: true });
    if (record === undefined || record.execution !== execution) return;
    const answer = await callService(() => ports.notify(record));
    const noticeFailed = 'cause' in answer ? answer.cause : undefined;
    if (noticeFailed !== record.noticeFailed) await ports.store.updateRequest(requestId, execution, { noticeFailed });
    if ('cause' in answer && answer.retriable) {
      throw new AwspipError('notice-failed', answer.cause, {
        exit: 'unavailable',
        hint: 'check that the Slack webhook still exists, and that Slack is reachable',
      });
    }
  };
