import type { TaskName } from './task-names.ts';
import type { TaskState } from './task-state.ts';

/**
 * Returns the states for one batch: claim the free releases, then assess, ingest, inspect, copy and settle those. A batch never
 * waits for the claims of other executions.
 */
export function batchStates(task: TaskState) {
  const onError = 'FailBatch';
  const payload = { 'claim.$': '$.claim', 'round.$': '$.round', 'keys.$': '$.claimed.value.keys' };
  const step = (name: TaskName, seconds: number, next: string) =>
    task(name, { payload, result: null, onError, seconds, next });
  return {
    StartAt: 'ClaimReleases',
    States: {
      ClaimReleases: task('ClaimReleases', {
        payload: { 'claim.$': '$.claim', 'round.$': '$.round', 'batch.$': '$.batch' },
        result: '$.claimed',
        onError,
        seconds: 60,
        next: 'HasClaims',
      }),
      HasClaims: {
        Type: 'Choice',
        Choices: [{ Variable: '$.claimed.value.any', BooleanEquals: true, Next: 'Assess' }],
        Default: 'BatchDone',
      },
      Assess: step('Assess', 600, 'Ingest'),
      Ingest: step('Ingest', 840, 'Inspect'),
      Inspect: step('Inspect', 840, 'Copy'),
      Copy: step('Copy', 600, 'Settle'),
      Settle: step('Settle', 60, 'BatchDone'),
      FailBatch: task('FailBatch', {
        payload: { 'claim.$': '$.claim', 'round.$': '$.round', 'batch.$': '$.batch', 'error.$': '$.error' },
        result: null,
        seconds: 60,
        next: 'BatchDone',
      }),
      // The result of a Map counts towards the 256 KB limit of the state, so a batch returns nothing.
      BatchDone: { Type: 'Pass', Result: {}, End: true },
    },
  };
}
