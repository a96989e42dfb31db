import { environmentFromUserAgent } from '../../../pip/user-agent.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import type { TaskName } from '../../../workflow/task-names.ts';
import { type Task, withErrorName, workflowTasks } from '../../../workflow/tasks.ts';
import { store } from './record-table.ts';

/** The ports of every task. */
type BasePorts = Pick<WorkflowPorts, 'store' | 'environmentOf' | 'now' | 'every'>;

const basePorts = (): BasePorts => ({
  store: store(),
  environmentOf: environmentFromUserAgent,
  now: Date.now,
  every: (milliseconds, action) => {
    const timer = setInterval(action, milliseconds);
    return () => clearInterval(timer);
  },
});

/**
 * Returns the handler of one task's function: the same task as in the local stack, with only the ports that it needs.
 * `openPorts` runs at each call, so that a changed policy applies.
 */
export function taskHandler(name: TaskName, openPorts: () => Promise<Partial<WorkflowPorts>> = async () => ({})): Task {
  return async (payload) => {
    const ports = { ...basePorts(), ...(await withErrorName(openPorts)) } as WorkflowPorts;
    return workflowTasks(ports)[name](payload);
  };
}
