import type { Policy } from '../firewall/policy.ts';
import type { WorkflowPorts } from './ports.ts';

/** Tells only of what the policy wants people to be told. */
export function wantedNotices({ notify }: Policy, tell: WorkflowPorts['notify']): WorkflowPorts['notify'] {
  return async (record) => {
    if (notify.on.some((status) => status === record.status)) await tell(record);
  };
}
