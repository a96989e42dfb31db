import { batchStates } from './batch-states.ts';
import type { TaskName } from './task-names.ts';
import { type TaskState, taskStates } from './task-state.ts';

const request = { 'request.$': '$$.Execution.Input' };
const execution = { 'execution.$': '$$.Execution.Name' };
const round = { 'claim.$': '$.claim.value', 'round.$': '$.plan.value.round' };

/**
 * The vetting workflow in Amazon States Language (JSONPath): one document for AWS and for the local stack.
 *
 * The request itself is read from `$$.Execution.Input`, so that the state carries only the claim and keys. `resource`
 * gives each task's Lambda function, name or ARN. The engine must provide `$$.Execution.Name`.
 */
export function vettingWorkflow(resource: (task: TaskName) => string) {
  const task = taskStates(resource);
  return {
    Comment: 'Vets a request: its closure is judged, brought in and copied to secure-pypi',
    StartAt: 'Begin',
    TimeoutSeconds: 7200,
    States: { ...claiming(task), ...rounds(task), ...reviewing(task), ...ending(task) },
  };
}

function claiming(task: TaskState) {
  return {
    // Drops the input, which may be as large as a state can be.
    Begin: { Type: 'Pass', Result: { plan: { value: { round: 0 } } }, Next: 'Claim' },
    Claim: task('Claim', {
      payload: { ...request, ...execution },
      result: '$.claim',
      onError: 'Fail',
      seconds: 60,
      next: 'IsOurs',
    }),
    IsOurs: {
      Type: 'Choice',
      Choices: [{ Variable: '$.claim.value.ours', BooleanEquals: true, Next: 'Resolve' }],
      Default: 'Done',
    },
  };
}

/** One round: which releases, then all that is to be done about them. */
function rounds(task: TaskState) {
  return {
    Resolve: task('Resolve', {
      payload: { ...request, ...round },
      result: '$.plan',
      onError: 'Fail',
      seconds: 600,
      next: 'HasSolution',
    }),
    HasSolution: {
      Type: 'Choice',
      Choices: [{ Variable: '$.plan.value.next', StringEquals: 'vet', Next: 'Batches' }],
      Default: 'Conclude',
    },
    Batches: {
      Type: 'Map',
      ItemsPath: '$.plan.value.batches',
      ItemSelector: { ...round, 'batch.$': '$$.Map.Item.Value' },
      MaxConcurrency: 4,
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...batchStates(task) },
      ResultPath: null,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Fail', ResultPath: '$.error' }],
      Next: 'Review',
    },
  };
}

/** After a round: done, wait for what others hold, or once more. */
function reviewing(task: TaskState) {
  return {
    Review: task('Review', { payload: round, result: '$.review', onError: 'Fail', seconds: 120, next: 'Reviewed' }),
    Reviewed: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.review.value.next', StringEquals: 'wait', Next: 'WaitForOthers' },
        { Variable: '$.review.value.next', StringEquals: 'again', Next: 'Resolve' },
      ],
      Default: 'Conclude',
    },
    WaitForOthers: { Type: 'Wait', SecondsPath: '$.review.value.seconds', Next: 'Review' },
  };
}

/** Every way out writes the request's end first, and then tells people. */
function ending(task: TaskState) {
  return {
    Conclude: task('Conclude', {
      payload: { ...request, ...round, 'outcome.$': '$.plan.value.outcome' },
      result: '$.end',
      onError: 'Fail',
      seconds: 120,
      next: 'Notify',
    }),
    Fail: task('Fail', {
      payload: { ...request, ...execution, 'error.$': '$.error' },
      result: '$.end',
      seconds: 60,
      next: 'Notify',
    }),
    Notify: task('Notify', {
      payload: { 'end.$': '$.end.value' },
      result: null,
      onError: 'Ended',
      seconds: 60,
      next: 'Ended',
    }),
    Ended: {
      Type: 'Choice',
      Choices: [{ Variable: '$.end.value.status', StringEquals: 'ERROR', Next: 'Failed' }],
      Default: 'Done',
    },
    Failed: { Type: 'Fail', Error: 'VettingFailed', Cause: 'the request ended in ERROR; its record holds the cause' },
    Done: { Type: 'Succeed' },
  };
}

/**
 * The 404 event: someone read secure-pypi and it answered with an error. What awspip itself asks is left out, and the
 * repository is pinned, or the workflow's own reads of package-install would start it again.
 *
 * https://docs.aws.amazon.com/codeartifact/latest/ug/codeartifact-information-in-cloudtrail.html
 */
export function eventPattern({ domain, repository }: { readonly domain: string; readonly repository: string }) {
  return {
    source: ['aws.codeartifact'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: ['codeartifact.amazonaws.com'],
      eventName: ['ReadFromRepository'],
      requestParameters: { domainName: [domain], repositoryName: [repository], packageFormat: ['pypi'] },
      // There, and no refusal: who may not read has nothing to ask for.
      errorCode: [{ 'anything-but': { prefix: 'AccessDenied' } }],
      userAgent: [{ 'anything-but': { prefix: 'awspip/' } }],
    },
  };
}

/**
 * The event rule's InputTransformer: an event becomes an `EventRequest`. EventBridge writes the values as JSON strings.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const eventInput = {
  InputPathsMap: { package: '$.detail.requestParameters.packageName', userAgent: '$.detail.userAgent' },
  InputTemplate: '{"package": <package>, "userAgent": <userAgent>}',
};
