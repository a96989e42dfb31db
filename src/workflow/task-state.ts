import type { TaskName } from './task-names.ts';

const invoke = 'arn:aws:states:::lambda:invoke';

/** Retries of Lambda's own errors and of `Unavailable`, which a task throws when a service that it needs fails. */
const retry = [
  {
    ErrorEquals: ['Unavailable', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 3,
    MaxDelaySeconds: 10,
    JitterStrategy: 'FULL',
  },
  {
    // A process that died or ran out of time. Each task may run twice, so it gets one more try.
    ErrorEquals: ['Lambda.Unknown', 'Sandbox.Timedout', 'Runtime.ExitError'],
    IntervalSeconds: 1,
    MaxAttempts: 1,
  },
  {
    // Some functions have a low concurrency limit, to stay within CodeArtifact's quotas. Further calls wait here.
    ErrorEquals: ['Lambda.TooManyRequestsException'],
    IntervalSeconds: 2,
    BackoffRate: 1.5,
    MaxAttempts: 60,
    MaxDelaySeconds: 20,
    JitterStrategy: 'FULL',
  },
];

/** The properties that differ between the task states. */
export type TaskShape = {
  readonly payload: Record<string, unknown>;
  /** The ResultPath; null discards the result. */
  readonly result: string | null;
  /** The next state when the task fails after its retries. */
  readonly onError?: string;
  readonly seconds: number;
} & ({ readonly next: string } | { readonly end: true });

/** Returns the state that calls a task. */
export type TaskState = (name: TaskName, shape: TaskShape) => object;

/**
 * Returns a factory of states that invoke Lambda functions. `resource` returns each function's name or ARN. The payload
 * names the task, because one function runs several of them.
 */
export function taskStates(resource: (task: TaskName) => string): TaskState {
  return (name, { payload, result, onError, seconds, ...then }) => ({
    Type: 'Task',
    Resource: invoke,
    Parameters: { FunctionName: resource(name), Payload: { task: name, ...payload } },
    ResultSelector: { 'value.$': '$.Payload' },
    ResultPath: result,
    TimeoutSeconds: seconds,
    Retry: retry,
    ...(onError === undefined
      ? {}
      : { Catch: [{ ErrorEquals: ['States.ALL'], Next: onError, ResultPath: '$.error' }] }),
    ...('next' in then ? { Next: then.next } : { End: true }),
  });
}
