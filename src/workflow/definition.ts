import { batchStates } from './batch-states.ts';
import type { TaskName } from './task-names.ts';
import { type TaskState, taskStates } from './task-state.ts';

const request = { 'request.$': '$$.Execution.Input' };
const execution = { 'execution.$': '$$.Execution.Name', 'arn.$': '$$.Execution.Id' };
const round = { 'claim.$': '$.claim.value', 'round.$': '$.plan.value.round' };

/**
 * Returns the vetting workflow in Amazon States Language (JSONPath), for AWS and for the local stack.
 *
 * Tasks read the request from `$$.Execution.Input`, so that the state carries only the claim and keys. `resource`
 * returns the name or ARN of each task's Lambda function. The engine must provide `$$.Execution.Name` and `$$.Execution.Id`.
 */
export function vettingWorkflow(resource: (task: TaskName) => string) {
  const task = taskStates(resource);
  return {
    Comment:
      'Vets a request: resolves its requirements, assesses and ingests every release, and copies it to secure-pypi',
    StartAt: 'Begin',
    TimeoutSeconds: 7200,
    States: { ...claiming(task), ...rounds(task), ...reviewing(task), ...ending(task) },
  };
}

function claiming(task: TaskState) {
  return {
    // Drops the input, which may be as large as the limit of a state.
    Begin: {
      Type: 'Pass',
      Result: { plan: { value: { round: 0 } }, review: { value: { retries: 0 } } },
      Next: 'Claim',
    },
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

/** Returns the states of one round: resolve the requirements, then vet the chosen releases in batches. */
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
      Default: 'Review',
    },
    Batches: {
      Type: 'Map',
      ItemsPath: '$.plan.value.batches',
      ItemSelector: { ...round, 'batch.$': '$$.Map.Item.Value', 'batchCount.$': '$.plan.value.batchCount' },
      // The limit of Step Functions for a Map within one execution. A batch that waits for an import holds no function.
      MaxConcurrency: 40,
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...batchStates(task) },
      ResultPath: null,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Fail', ResultPath: '$.error' }],
      Next: 'Review',
    },
  };
}

/** Returns the states after a round: write the verdict, wait for claims or failing services, or start another round. */
function reviewing(task: TaskState) {
  return {
    Review: task('Review', {
      payload: {
        ...request,
        ...round,
        'outcome.$': '$.plan.value.outcome',
        'retries.$': '$.review.value.retries',
      },
      result: '$.review',
      onError: 'Fail',
      seconds: 120,
      next: 'Reviewed',
    }),
    Reviewed: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.review.value.next', StringEquals: 'wait', Next: 'WaitForOthers' },
        { Variable: '$.review.value.next', StringEquals: 'again', Next: 'Resolve' },
        { Variable: '$.review.value.next', StringEquals: 'retry', Next: 'WaitToRetry' },
        { Variable: '$.review.value.end.status', StringEquals: 'SECURE', Next: 'Done' },
      ],
      Default: 'Refused',
    },
    WaitForOthers: { Type: 'Wait', SecondsPath: '$.review.value.seconds', Next: 'Review' },
    WaitToRetry: { Type: 'Wait', SecondsPath: '$.review.value.seconds', Next: 'Resolve' },
  };
}

/** Returns the final states. Each path has written the request's verdict before it sends the notice. */
function ending(task: TaskState) {
  return {
    Refused: { Type: 'Pass', Parameters: { end: { 'value.$': '$.review.value.end' } }, Next: 'Notify' },
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
    Failed: { Type: 'Fail', Error: 'VettingFailed', Cause: 'the request ended in ERROR; its record has the cause' },
    Done: { Type: 'Succeed' },
  };
}

/**
 * Returns the pattern of the 404 event: a read of secure-pypi that failed. It excludes awspip's own requests, and names
 * the repository so that the workflow's reads of package-install don't start the workflow again.
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
      // The attribute must exist. A client without read access can't request packages.
      errorCode: [{ 'anything-but': { prefix: 'AccessDenied' } }],
      userAgent: [{ 'anything-but': { prefix: 'awspip/' } }],
    },
  };
}

/**
 * The event rule's InputTransformer, which makes an `EventRequest` from an event. EventBridge inserts the values as
 * JSON strings.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const eventInput = {
  InputPathsMap: { package: '$.detail.requestParameters.packageName', userAgent: '$.detail.userAgent' },
  InputTemplate: '{"package": <package>, "userAgent": <userAgent>}',
};
