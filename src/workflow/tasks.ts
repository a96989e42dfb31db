import { AwspipError } from '../errors.ts';
import type { WorkflowPorts } from './ports.ts';
import type { TaskName } from './task-names.ts';
import { taskNames } from './task-names.ts';
import { assessTask } from './tasks/assess.ts';
import { claimTask } from './tasks/claim.ts';
import { claimReleasesTask } from './tasks/claim-releases.ts';
import { copyTask } from './tasks/copy.ts';
import { failTask } from './tasks/fail.ts';
import { failBatchTask } from './tasks/fail-batch.ts';
import { ingestTask } from './tasks/ingest.ts';
import { inspectTask } from './tasks/inspect.ts';
import { notifyTask } from './tasks/notify.ts';
import { resolveTask } from './tasks/resolve.ts';
import { reviewTask } from './tasks/review.ts';

/** A function from payload to result, like a Lambda handler. */
export type Task = (payload: unknown) => Promise<unknown>;

/** Returns the tasks, bound to their services. Each may run twice with the same payload. */
export function workflowTasks(ports: WorkflowPorts): Record<TaskName, Task> {
  const tasks = {
    Claim: claimTask(ports),
    Resolve: resolveTask(ports),
    ClaimReleases: claimReleasesTask(ports),
    Assess: assessTask(ports),
    Ingest: ingestTask(ports),
    Inspect: inspectTask(ports),
    Copy: copyTask(ports),
    FailBatch: failBatchTask(ports),
    Review: reviewTask(ports),
    Notify: notifyTask(ports),
    Fail: failTask(ports),
  } satisfies Record<TaskName, (payload: never) => Promise<unknown>>;
  const retryable = (name: TaskName): Task => {
    const task = tasks[name] as Task;
    return (payload) => withErrorName(() => task(payload));
  };
  return Object.fromEntries(taskNames.map((name) => [name, retryable(name)])) as Record<TaskName, Task>;
}

/** Renames `unavailable` errors to `Unavailable`: States Language retries match the thrown error's `name`. */
export async function withErrorName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwspipError) || error.exit !== 'unavailable') throw error;
    throw Object.assign(new Error(error.message, { cause: error }), { name: 'Unavailable' });
  }
}
