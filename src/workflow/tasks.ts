import { type TaskName, taskNames } from './definition.ts';
import type { WorkflowPorts } from './ports.ts';

/** A task from payload to payload: what a Lambda's handler is. */
export type Task = (payload: unknown) => Promise<unknown>;

/** The tasks, bound to what they reach. */
export function workflowTasks(_ports: WorkflowPorts): Record<TaskName, Task> {
  throw new Error('being built');
}

/**
 * The tasks in the shape of `arn:aws:states:::lambda:invoke`, for an engine that calls functions by state name: what
 * comes in is the state's `Parameters`, what goes out is wrapped as Lambda's answer is.
 */
export function invokedTasks(tasks: Record<TaskName, Task>): Record<TaskName, (input: unknown) => Promise<unknown>> {
  const invoked = (task: Task) => async (input: unknown) => ({
    Payload: (await task((input as { Payload: unknown }).Payload)) ?? null,
  });
  return Object.fromEntries(taskNames.map((name) => [name, invoked(tasks[name])])) as ReturnType<typeof invokedTasks>;
}
