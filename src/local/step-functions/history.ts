import type { HistoryEvent } from './types.ts';

/** The fields of an interpreter event that are used here. */
export type EngineEvent = {
  readonly type: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly index?: number;
  readonly state?: { readonly name: string; readonly type: string; readonly input: unknown; readonly output?: unknown };
  readonly parentState?: { readonly name: string };
  readonly Error?: string;
  readonly Cause?: unknown;
};

type Details = Readonly<Record<`${string}EventDetails`, unknown>>;
type ServiceEvent = { readonly type: string; readonly details: Details };

/** Step Functions truncates inputs and outputs in a history at 256 KiB. The engine rejects larger ones. */
const json = (value: unknown): string => JSON.stringify(value ?? null);
const causeOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : json(cause);
const failure = ({ Error: error, Cause: cause }: EngineEvent) => ({ error, cause: causeOf(cause) });

const resource = { resourceType: 'lambda', resource: 'invoke' };

function stateEvent(event: EngineEvent): ServiceEvent | undefined {
  const { state } = event;
  if (!state) return undefined;
  const { name, type } = state;
  switch (event.type) {
    case 'StateEntered':
      return { type: `${type}StateEntered`, details: { stateEnteredEventDetails: { name, input: json(state.input) } } };
    case 'StateExited':
      return { type: `${type}StateExited`, details: { stateExitedEventDetails: { name, output: json(state.output) } } };
    case 'StateFailed':
      if (type !== 'Task') return undefined;
      return { type: 'TaskFailed', details: { taskFailedEventDetails: { ...resource, ...failure(event) } } };
    case 'StateRetried':
      return {
        type: 'TaskScheduled',
        details: { taskScheduledEventDetails: { ...resource, region: 'local', parameters: '{}' } },
      };
    default:
      return undefined;
  }
}

function serviceEvent(event: EngineEvent): ServiceEvent | undefined {
  const iteration = { name: event.parentState?.name, index: event.index };
  switch (event.type) {
    case 'ExecutionStarted':
      return { type: event.type, details: { executionStartedEventDetails: { input: json(event.input) } } };
    case 'ExecutionSucceeded':
      return { type: event.type, details: { executionSucceededEventDetails: { output: json(event.output) } } };
    case 'ExecutionFailed':
      return { type: event.type, details: { executionFailedEventDetails: failure(event) } };
    case 'ExecutionAborted':
      return { type: event.type, details: { executionAbortedEventDetails: {} } };
    case 'ExecutionTimeout':
      return { type: 'ExecutionTimedOut', details: { executionTimedOutEventDetails: {} } };
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed':
      return { type: event.type, details: { [`m${event.type.slice(1)}EventDetails`]: iteration } };
    default:
      return stateEvent(event);
  }
}

/**
 * Returns an interpreter event as Step Functions reports it, or undefined when Step Functions has no such event.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export function historyEvent(event: EngineEvent, id: number): HistoryEvent | undefined {
  const mapped = serviceEvent(event);
  if (!mapped) return undefined;
  return { id, previousEventId: id - 1, timestamp: event.timestamp / 1000, type: mapped.type, ...mapped.details };
}
