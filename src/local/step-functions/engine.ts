import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Task } from '../types.ts';
import type { EngineEvent } from './history.ts';
import { polyfillWithResolvers } from './with-resolvers.ts';

/** How one run ended. */
export type Ended =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | { readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; readonly error: string; readonly cause: string };

export type Run = {
  readonly events: AsyncIterable<EngineEvent>;
  readonly ended: Promise<Ended>;
  abort(): void;
};

/** Runs a States Language document with the tasks as functions of this process. */
export type Engine = { start(execution: { name: string; arn: string; startDate: number; input: unknown }): Run };

/** The service's bound on what a task is given and gives. */
const maxPayloadBytes = 262_144;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A task's longest time where the document says none: a Lambda's. The library's own default is one minute. */
const maxTaskSeconds = 900;

type State = Readonly<Record<string, unknown>>;

/** Every Task state of a document, those inside Map and Parallel too, by name. */
function taskStates(document: object): readonly string[] {
  const { States = {} } = document as { States?: Readonly<Record<string, State>> };
  return Object.entries(States).flatMap(([name, { Type, ItemProcessor, Iterator: iterator, Branches }]) => {
    if (Type === 'Task') return [name];
    const inner = [ItemProcessor, iterator, ...(Array.isArray(Branches) ? Branches : [])];
    return inner.flatMap((one) => (typeof one === 'object' && one !== null ? taskStates(one) : []));
  });
}

/** The document with a time limit on every task. */
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

function throughWire(value: unknown, what: string): Json {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > maxPayloadBytes) {
    throw new TaskFault('States.DataLimitExceeded', `the ${what} is larger than ${maxPayloadBytes} bytes`);
  }
  return JSON.parse(text) as Json;
}

/**
 * What `arn:aws:states:::lambda:invoke` does: unwraps the payload, calls the function, wraps its answer. Nothing is
 * called any more once the run was aborted: the library would go on with what a Map still has in its queue.
 */
function invoke(
  state: string,
  tasks: Readonly<Record<string, Task>>,
  aborted: () => boolean,
): (input: Json) => Promise<Json> {
  return async (input) => {
    if (aborted()) throw new TaskFault('States.Aborted', 'the execution was stopped');
    const { FunctionName, Payload } = (input ?? {}) as { FunctionName?: string; Payload?: Json };
    const called = String(FunctionName ?? '')
      .split(':')
      .at(-1)
      ?.replace(/^awspip-/, '');
    const task = tasks[state] ?? tasks[called ?? ''];
    if (!task) throw new TaskFault('Lambda.ResourceNotFoundException', `there is no function for the state ${state}`);
    const payload = throughWire(Payload, `input of ${state}`);
    return { Payload: throughWire(await task(payload as never), `output of ${state}`), StatusCode: 200 };
  };
}

function endOf(error: unknown): Ended {
  const name = error instanceof Error ? error.name : 'Error';
  if (name === 'ExecutionAbortedError') return { status: 'ABORTED', error: 'Aborted', cause: 'it was stopped' };
  if (name === 'ExecutionTimeoutError')
    return { status: 'TIMED_OUT', error: 'States.Timeout', cause: 'it took too long' };
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const failed = inner instanceof Error ? inner : new Error(String(inner));
  // A Fail state's Cause lies in `cause`, a task's message in `message`.
  const cause = typeof failed.cause === 'string' ? failed.cause : failed.message;
  return { status: 'FAILED', error: failed.name, cause };
}

/** Loads the interpreter library, which takes a moment: when the first execution needs it. */
export async function engine(definition: object, tasks: Readonly<Record<string, Task>>): Promise<Engine> {
  polyfillWithResolvers();
  const { StateMachine } = await import('aws-local-stepfunctions');
  const document = withTimeLimits(definition) as StateMachineDefinition;
  const machine = new StateMachine(document, { validationOptions: { noValidate: true } });
  const names = taskStates(definition);
  return {
    start: ({ name, arn, startDate, input }) => {
      let aborted = false;
      const handlers = Object.fromEntries(names.map((one) => [one, invoke(one, tasks, () => aborted)]));
      const run = machine.run(input as Json, {
        overrides: { taskResourceLocalHandlers: handlers },
        context: {
          Execution: { Id: arn, Name: name, Input: input as Json, StartTime: new Date(startDate).toISOString() },
          StateMachine: { Id: arn.split(':').slice(0, -1).join(':').replace(':execution:', ':stateMachine:') },
        },
      });
      return {
        events: run.eventLogs as AsyncIterable<EngineEvent>,
        ended: run.result.then((output): Ended => ({ status: 'SUCCEEDED', output: JSON.stringify(output) }), endOf),
        abort: () => {
          aborted = true;
          run.abort();
        },
      };
    },
  };
}
