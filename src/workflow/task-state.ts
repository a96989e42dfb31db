import type { TaskName } from './task-names.ts';

const invoke = 'arn:aws:states:::lambda:invoke';

/** Lambda's own troubles, and `Unavailable`, which our tasks throw when a service they need is. All tasks may run twice. */
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
    // Some tasks may run a few at a time only, so that CodeArtifact's quotas hold: whoever comes later waits its turn.
    ErrorEquals: ['Lambda.TooManyRequestsException'],
    IntervalSeconds: 2,
    BackoffRate: 1.5,
    MaxAttempts: 60,
    MaxDelaySeconds: 20,
    JitterStrategy: 'FULL',
  },
];

/** What differs from task to task. */
export type TaskShape = {
  readonly payload: Record<string, unknown>;
  /** Where the answer goes in the state; null for nowhere. */
  readonly result: string | null;
  /** State that takes over when the task fails for good. */
  readonly onError?: string;
  readonly seconds: number;
} & ({ readonly next: string } | { readonly end: true });

/** Makes the state that calls a task. */
export type TaskState = (name: TaskName, shape: TaskShape) => object;

/** States that invoke Lambda functions; `resource` gives each one's name or ARN. */
export function taskStates(resource: (task: TaskName) => string): TaskState {
  return (name, { payload, result, onError, seconds, ...then }) => ({
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
}
