import { setTimeout as sleepFor } from 'node:timers/promises';
import { AwspipError } from '../../../errors.ts';
import { environmentFromUserAgent } from '../../../pip/user-agent.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import type { TaskName } from '../../../workflow/task-names.ts';
import { type Task, workflowTasks } from '../../../workflow/tasks.ts';
import { store } from './records.ts';

/** What every task has. */
type Base = Pick<WorkflowPorts, 'store' | 'environmentOf' | 'now' | 'sleep' | 'every'>;

const base = (): Base => ({
  store: store(),
  environmentOf: environmentFromUserAgent,
  now: Date.now,
  sleep: (milliseconds) => sleepFor(milliseconds),
  every: (milliseconds, action) => {
    const timer = setInterval(action, milliseconds);
    return () => clearInterval(timer);
  },
});

/**
 * The handler of one task's function: the same task that the local stack runs, with the ports that it needs and no
 * others. `more` is asked at each call, so that a policy that changed is heeded.
 */
export function taskHandler(name: TaskName, more: () => Promise<Partial<WorkflowPorts>> = async () => ({})): Task {
  return async (payload) => {
    const ports = { ...base(), ...(await opened(more)) } as WorkflowPorts;
    return workflowTasks(ports)[name](payload);
  };
}

/** The States Language retries by an error's name; what the tasks do for theirs is done here for opening ports. */
async function opened<T>(more: () => Promise<T>): Promise<T> {
  try {
    return await more();
  } catch (error) {
    if (!(error instanceof AwspipError) || error.exit !== 'unavailable') throw error;
    throw Object.assign(new Error(error.message, { cause: error }), { name: 'Unavailable' });
  }
}
