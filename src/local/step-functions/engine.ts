import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Task } from '../types.ts';
import type { EngineEvent } from './history.ts';
import { polyfillWithResolvers } from './with-resolvers.ts';

/** The outcome of one run. */
export type RunOutcome =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | { readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; readonly error: string; readonly cause: string };

/** One run of the document. */
export type Run = {
  readonly events: AsyncIterable<EngineEvent>;
  readonly outcome: Promise<RunOutcome>;
  abort(): void;
};

/** Runs a States Language document, whose tasks are functions of this process. */
export type Engine = { start(execution: { name: string; arn: string; startDate: number; input: unknown }): Run };

/** The limit of Step Functions on the input and output of a task. */
const maxPayloadBytes = 262_144;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Lambda's limit, which applies when the document sets no time limit. The library's default is one minute. */
const maxTaskSeconds = 900;

type State = Readonly<Record<string, unknown>>;

/** Returns the names of all Task states of a document, including those inside Map and Parallel states. */
function taskStates(document: object): readonly string[] {
  const { States = {} } = document as { States?: Readonly<Record<string, State>> };
  return Object.entries(States).flatMap(([name, { Type, ItemProcessor, Iterator: iterator, Branches }]) => {
    if (Type === 'Task') return [name];
    const inner = [ItemProcessor, iterator, ...(Array.isArray(Branches) ? Branches : [])];
    return inner.flatMap((part) => (typeof part === 'object' && part !== null ? taskStates(part) : []));
  });
}

/** Returns the document with a time limit on every task. */
function withTimeLimits(document: object): object {
  return JSON.parse(JSON.stringify(document), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('Type' in value) || value.Type !== 'Task') return value;
    return 'TimeoutSecondsPath' in value ? value : { TimeoutSeconds: maxTaskSeconds, ...value };
  });
}

class TaskFault extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Returns the value as its JSON text carries it, because Lambda sends JSON. */
function toPayload(value: unknown, description: string): Json {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > maxPayloadBytes) {
    throw new TaskFault('States.DataLimitExceeded', `the ${description} is larger than ${maxPayloadBytes} bytes`);
  }
  return JSON.parse(text) as Json;
}

/**
 * Returns a handler for a task state that does what `arn:aws:states:::lambda:invoke` does: it unwraps the payload, calls
 * the function and wraps the result. After an abort it calls nothing, because the library continues the queue of a Map.
 */
function invoke(
  state: string,
  tasks: Readonly<Record<string, Task>>,
  isAborted: () => boolean,
): (input: Json) => Promise<Json> {
  return async (input) => {
    if (isAborted()) throw new TaskFault('States.Aborted', 'the execution was stopped');
    const { FunctionName, Payload } = (input ?? {}) as { FunctionName?: string; Payload?: Json };
    const functionName = String(FunctionName ?? '')
      .split(':')
      .at(-1)
      ?.replace(/^awspip-/, '');
    const task = tasks[state] ?? tasks[functionName ?? ''];
    if (!task) throw new TaskFault('Lambda.ResourceNotFoundException', `there is no function for the state ${state}`);
    const payload = toPayload(Payload, `input of ${state}`);
    return { Payload: toPayload(await task(payload as never), `output of ${state}`), StatusCode: 200 };
  };
}

function outcomeOf(error: unknown): RunOutcome {
  const name = error instanceof Error ? error.name : 'Error';
  if (name === 'ExecutionAbortedError') {
    return { status: 'ABORTED', error: 'Aborted', cause: 'the execution was stopped' };
  }
  if (name === 'ExecutionTimeoutError') {
    return { status: 'TIMED_OUT', error: 'States.Timeout', cause: 'the execution exceeded its time limit' };
  }
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const failed = inner instanceof Error ? inner : new Error(String(inner));
  // The Cause of a Fail state is in `cause`, and the message of a task's error in `message`.
  const cause = typeof failed.cause === 'string' ? failed.cause : failed.message;
  return { status: 'FAILED', error: failed.name, cause };
}

/** Returns the engine. Loads the interpreter library, so call it only when the first execution starts. */
export async function engine(definition: object, tasks: Readonly<Record<string, Task>>): Promise<Engine> {
  polyfillWithResolvers();
  const { StateMachine } = await import('aws-local-stepfunctions');
  const document = withTimeLimits(definition) as StateMachineDefinition;
  const machine = new StateMachine(document, { validationOptions: { noValidate: true } });
  const names = taskStates(definition);
  return {
    start: ({ name, arn, startDate, input }) => {
      let aborted = false;
      const handlers = Object.fromEntries(names.map((state) => [state, invoke(state, tasks, () => aborted)]));
      const run = machine.run(input as Json, {
        overrides: { taskResourceLocalHandlers: handlers },
        context: {
          Execution: { Id: arn, Name: name, Input: input as Json, StartTime: new Date(startDate).toISOString() },
          StateMachine: { Id: arn.split(':').slice(0, -1).join(':').replace(':execution:', ':stateMachine:') },
        },
      });
      return {
        events: run.eventLogs as AsyncIterable<EngineEvent>,
        outcome: run.result.then(
          (output): RunOutcome => ({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
          outcomeOf,
        ),
        abort: () => {
          aborted = true;
          run.abort();
        },
      };
    },
  };
}
