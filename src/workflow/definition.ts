/** Every task of the workflow. Each is also the name of the one state that runs it. */
export const taskNames = [
  'Claim',
  'Closure',
  'ClaimReleases',
  'Assess',
  'Ingest',
  'Copy',
  'Settle',
  'FailBatch',
  'Review',
  'Conclude',
  'Notify',
  'Fail',
] as const;
export type TaskName = (typeof taskNames)[number];

const invoke = 'arn:aws:states:::lambda:invoke';

/** Lambda's own troubles, and `Unavailable`, which our tasks throw when a service they need is. All tasks may run twice. */
const retry = [
  {
    ErrorEquals: [
      'Unavailable',
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
    ],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 3,
    MaxDelaySeconds: 10,
    JitterStrategy: 'FULL',
  },
];

type TaskShape = {
  readonly payload: Record<string, unknown>;
  /** Where the answer goes in the state; null for nowhere. */
  readonly result: string | null;
  /** State that takes over when the task fails for good. */
  readonly onError?: string;
  readonly seconds: number;
} & ({ readonly next: string } | { readonly end: true });

/**
 * The vetting workflow in Amazon States Language (JSONPath): one document for AWS and for the embedded stack.
 *
 * The request itself is read from `$$.Execution.Input`, so that the state carries only the claim and keys. `resource`
 * gives each task's Lambda function, name or ARN. The engine must provide `$$.Execution.Name`.
 */
export function vettingWorkflow(resource: (task: TaskName) => string) {
  const task = (name: TaskName, { payload, result, onError, seconds, ...then }: TaskShape) => ({
    Type: 'Task',
    Resource: invoke,
    Parameters: { FunctionName: resource(name), Payload: payload },
    ResultSelector: { 'value.$': '$.Payload' },
    ResultPath: result,
    TimeoutSeconds: seconds,
    Retry: retry,
    ...(onError === undefined
      ? {}
      : { Catch: [{ ErrorEquals: ['States.ALL'], Next: onError, ResultPath: '$.error' }] }),
    ...('next' in then ? { Next: then.next } : { End: true }),
  });
  const request = { 'request.$': '$$.Execution.Input' };
  const claim = { 'claim.$': '$.claim.value' };
  const round = { ...claim, 'round.$': '$.plan.value.round' };

  return {
    Comment: 'Vets a request: its closure is judged, brought in and copied to secure-pypi',
    StartAt: 'Claim',
    TimeoutSeconds: 7200,
    States: {
      Claim: task('Claim', {
        payload: { ...request, 'execution.$': '$$.Execution.Name' },
        result: '$.claim',
        onError: 'Fail',
        seconds: 60,
        next: 'IsOurs',
      }),
      IsOurs: {
        Type: 'Choice',
        Choices: [{ Variable: '$.claim.value.ours', BooleanEquals: true, Next: 'FirstRound' }],
        Default: 'Done',
      },
      FirstRound: { Type: 'Pass', Result: { value: { round: 0 } }, ResultPath: '$.plan', Next: 'Closure' },
      Closure: task('Closure', {
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
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...batch(task) },
        ResultPath: null,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Fail', ResultPath: '$.error' }],
        Next: 'Review',
      },
      Review: task('Review', { payload: round, result: '$.review', onError: 'Fail', seconds: 120, next: 'Reviewed' }),
      Reviewed: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.review.value.next', StringEquals: 'wait', Next: 'WaitForOthers' },
          { Variable: '$.review.value.next', StringEquals: 'again', Next: 'Closure' },
        ],
        Default: 'Conclude',
      },
      WaitForOthers: { Type: 'Wait', SecondsPath: '$.review.value.seconds', Next: 'Review' },
      Conclude: task('Conclude', {
        payload: { ...request, ...round, 'outcome.$': '$.plan.value.outcome' },
        result: '$.end',
        onError: 'Fail',
        seconds: 120,
        next: 'Notify',
      }),
      Fail: task('Fail', {
        payload: { ...request, 'execution.$': '$$.Execution.Name', 'error.$': '$.error' },
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
    },
  };
}

/** One batch: claim what is free of it, then work on that alone, to the end. It never waits for anyone else's claim. */
function batch(task: (name: TaskName, shape: TaskShape) => object) {
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
      Ingest: step('Ingest', 840, 'Copy'),
      Copy: step('Copy', 600, 'Settle'),
      Settle: step('Settle', 60, 'BatchDone'),
      FailBatch: task('FailBatch', {
        payload: { 'claim.$': '$.claim', 'round.$': '$.round', 'batch.$': '$.batch', 'error.$': '$.error' },
        result: null,
        seconds: 60,
        next: 'BatchDone',
      }),
      // Nothing of a batch travels on: a Map's result counts towards the 256 KB of the state.
      BatchDone: { Type: 'Pass', Result: {}, End: true },
    },
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
      errorCode: [{ exists: true }],
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
