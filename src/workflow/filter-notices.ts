import type { Policy } from '../firewall/policy.ts';
import type { WorkflowPorts } from './ports.ts';

/** Returns a notifier that sends only the statuses in the policy's `notify.on`. */
export function filterNotices({ notify }: Policy, send: WorkflowPorts['notify']): WorkflowPorts['notify'] {
  return async (record) => {
    if (notify.on.some((status) => status === record.status)) await send(record);
  };
}
