import { AwspipError } from '../errors.ts';
import type { WorkflowPorts } from './ports.ts';
import type { TaskName } from './task-names.ts';
import { taskNames } from './task-names.ts';
import { assessTask } from './tasks/assess.ts';
import { claimTask } from './tasks/claim.ts';
import { claimReleasesTask } from './tasks/claim-releases.ts';
import { concludeTask } from './tasks/conclude.ts';
import { copyTask } from './tasks/copy.ts';
import { failTask } from './tasks/fail.ts';
import { ingestTask } from './tasks/ingest.ts';
import { notifyTask } from './tasks/notify.ts';
import { resolveTask } from './tasks/resolve.ts';
import { reviewTask } from './tasks/review.ts';
import { failBatchTask, settleTask } from './tasks/settle.ts';

/** A task from payload to payload: what a Lambda's handler is. */
export type Task = (payload: unknown) => Promise<unknown>;

/** The tasks, bound to what they reach. Each may run twice with the same payload. */
export function workflowTasks(ports: WorkflowPorts): Record<TaskName, Task> {
  const tasks = {
    Claim: claimTask(ports),
    Resolve: resolveTask(ports),
    ClaimReleases: claimReleasesTask(ports),
    Assess: assessTask(ports),
    Ingest: ingestTask(ports),
    Copy: copyTask(ports),
    Settle: settleTask(ports),
    FailBatch: failBatchTask(ports),
    Review: reviewTask(ports),
    Conclude: concludeTask(ports),
    Notify: notifyTask(ports),
    Fail: failTask(ports),
  } satisfies Record<TaskName, (payload: never) => Promise<unknown>>;
  const guarded = (name: TaskName) => withErrorName(tasks[name] as Task);
  return Object.fromEntries(taskNames.map((name) => [name, guarded(name)])) as Record<TaskName, Task>;
}

/** The States Language retries by an error's name; for Lambda that is the thrown error's `name`. */
function withErrorName(task: Task): Task {
  return async (payload) => {
    try {
      return await task(payload);
    } catch (error) {
      if (!(error instanceof AwspipError) || error.exit !== 'unavailable') throw error;
      throw Object.assign(new Error(error.message, { cause: error }), { name: 'Unavailable' });
    }
  };
}
