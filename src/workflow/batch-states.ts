import type { TaskName } from './task-names.ts';
import type { TaskState } from './task-state.ts';

/**
 * Returns the states for one batch: claim the free releases, assess them while package-install imports them, inspect the
 * allowed ones, and copy each when its import has finished. A batch never waits for the claims of other executions.
 */
export function batchStates(task: TaskState) {
  const onError = 'FailBatch';
  const payload = { 'claim.$': '$.claim', 'round.$': '$.round', 'keys.$': '$.claimed.value.keys' };
  const caught = [{ ErrorEquals: ['States.ALL'], Next: onError, ResultPath: '$.error' }];
  /** A state of the branch of one task. An error ends both branches, and the Parallel state catches it. */
  const branch = (name: TaskName, result: string | null) => ({
    StartAt: name,
    States: { [name]: task(name, { payload, result, seconds: 600, end: true }) },
  });
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
        Choices: [{ Variable: '$.claimed.value.any', BooleanEquals: true, Next: 'AssessAndIngest' }],
        Default: 'BatchDone',
      },
      AssessAndIngest: {
        Type: 'Parallel',
        Branches: [branch('Assess', '$.assessed'), branch('Ingest', null)],
        ResultSelector: { 'allowed.$': '$[0].assessed.value.allowed', value: { importing: false } },
        ResultPath: '$.looked',
        Catch: caught,
        Next: 'HasAllowed',
      },
      HasAllowed: {
        Type: 'Choice',
        Choices: [{ Variable: '$.looked.allowed', BooleanEquals: true, Next: 'Inspect' }],
        Default: 'BatchDone',
      },
      Inspect: task('Inspect', { payload, result: null, onError, seconds: 840, next: 'Copy' }),
      Copy: task('Copy', {
        payload: {
          ...payload,
          'claimedAt.$': '$.claimed.value.claimedAt',
          'importing.$': '$.looked.value.importing',
          'batchCount.$': '$.batchCount',
        },
        result: '$.looked',
        onError,
        seconds: 600,
        next: 'IsImporting',
      }),
      IsImporting: {
        Type: 'Choice',
        Choices: [{ Variable: '$.looked.value.importing', BooleanEquals: true, Next: 'WaitForImport' }],
        Default: 'BatchDone',
      },
      WaitForImport: { Type: 'Wait', SecondsPath: '$.looked.value.seconds', Next: 'Copy' },
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
