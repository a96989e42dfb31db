import { AwsFault } from '../http.ts';
import { keyedQueue } from '../keyed-queue.ts';
import { stackNames } from '../names.ts';
import type { Engine, Run, RunOutcome } from './engine.ts';
import { type EngineEvent, historyEvent } from './history.ts';
import type { Journal } from './journal.ts';
import type { Execution, HistoryEvent } from './types.ts';

/** The executions of the stack's state machine. */
export type Executions = {
  /** @throws {AwsFault} ExecutionAlreadyExists, InvalidName, InvalidExecutionInput. */
  start(name: string, input: string): Promise<Execution>;
  stop(name: string, error: string | undefined, cause: string | undefined): Promise<Execution>;
  /** Resolves when this execution has ended. */
  ended(name: string): Promise<void>;
  /** Rejects all further executions. */
  rejectNew(): void;
  /** Stops all executions and leaves them on disk as running. The next start closes them and ends their leases. */
  abandon(): void;
  /** Returns the number of running executions. */
  running(): number;
  /** Resolves when no execution runs. */
  allEnded(): Promise<void>;
  /** Returns when the last execution ended, in epoch milliseconds. */
  lastEnded(): number;
};

export const executionArn = (name: string): string =>
  `arn:aws:states:${stackNames.region}:${stackNames.owner}:execution:${stackNames.stateMachine}:${name}`;

/** Step Functions ends an execution whose history is longer. */
const maxEvents = 25_000;
/** The characters that an execution name must not contain. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the service forbids these character ranges.
const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;
const maxInputBytes = 262_144;

function checkStart(name: string, input: string): unknown {
  if (name.length < 1 || name.length > 80 || forbidden.test(name)) {
    throw new AwsFault('InvalidName', 400, 'a name has 1 to 80 characters, without spaces and special characters');
  }
  try {
    if (Buffer.byteLength(input) <= maxInputBytes) return JSON.parse(input);
  } catch {
    // Text that is not JSON gets the same fault as text that is too long.
  }
  throw new AwsFault('InvalidExecutionInput', 400, `the input is not JSON of at most ${maxInputBytes} bytes`);
}

/** Writes the events of a run to the journal. Events that arrive during a write are written together. */
async function recordHistory(
  journal: Journal,
  name: string,
  events: AsyncIterable<EngineEvent>,
  onOverflow: () => void,
) {
  let waiting: HistoryEvent[] = [];
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await journal.append(name, batch);
    }
    writing = undefined;
  };
  let count = 0;
  for await (const event of events) {
    const known = historyEvent(event, count + 1);
    if (!known) continue;
    count += 1;
    if (count > maxEvents) return onOverflow();
    waiting.push(known);
    writing ??= write();
  }
  await writing;
}

/** The state that all executions share. */
type ExecutionsState = {
  readonly journal: Journal;
  readonly now: () => number;
  readonly runs: Map<string, { readonly run: Run; readonly done: Promise<void> }>;
  /** The error and cause that StopExecution gave, by execution name. */
  readonly stopReasons: Map<string, { error?: string | undefined; cause?: string | undefined }>;
  rejecting: boolean;
  abandoned: boolean;
  lastEnded: number;
};

/** Waits for the end of a run and records its outcome. */
async function finish(execution: Execution, run: Run, state: ExecutionsState): Promise<void> {
  const { journal, now, stopReasons } = state;
  let overflow = false;
  const history = recordHistory(journal, execution.name, run.events, () => {
    overflow = true;
    run.abort();
  });
  const runOutcome = await run.outcome;
  await history.catch(() => undefined);
  if (state.abandoned) return;
  const tooLong: RunOutcome = { status: 'FAILED', error: 'States.Runtime', cause: 'the history exceeds 25,000 events' };
  const outcome = overflow ? tooLong : runOutcome;
  const reason = outcome.status === 'ABORTED' ? stopReasons.get(execution.name) : {};
  await journal.write({ ...execution, ...outcome, ...reason, stopDate: now() });
  stopReasons.delete(execution.name);
  state.lastEnded = now();
}

async function startRun(
  name: string,
  text: string,
  input: unknown,
  engine: Engine,
  state: ExecutionsState,
): Promise<Execution> {
  const { journal, now, runs } = state;
  const execution: Execution = { name, status: 'RUNNING', startDate: now(), input: text };
  await journal.write(execution);
  const run = engine.start({ name, arn: executionArn(name), startDate: execution.startDate, input });
  const done = finish(execution, run, state).finally(() => runs.delete(name));
  done.catch(() => undefined);
  runs.set(name, { run, done });
  return execution;
}

async function stopRun(
  name: string,
  reason: { error: string | undefined; cause: string | undefined },
  state: ExecutionsState,
) {
  const running = state.runs.get(name);
  if (running) {
    state.stopReasons.set(name, reason);
    running.run.abort();
    await running.done;
  }
  const execution = await state.journal.read(name);
  if (execution) return execution;
  throw new AwsFault('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${executionArn(name)}'`);
}

/** Returns the executions of a state machine that `engine` runs. */
export function executions(journal: Journal, engine: () => Promise<Engine>, now: () => number): Executions {
  const inOrder = keyedQueue();
  const runs: ExecutionsState['runs'] = new Map();
  const state: ExecutionsState = {
    journal,
    now,
    runs,
    stopReasons: new Map(),
    rejecting: false,
    abandoned: false,
    lastEnded: 0,
  };
  return {
    start: (name, text) =>
      inOrder(name, async () => {
        const input = checkStart(name, text);
        const existing = await journal.read(name);
        if (existing?.status === 'RUNNING' && existing.input === text) return existing;
        if (existing) {
          throw new AwsFault('ExecutionAlreadyExists', 400, `Execution Already Exists: '${executionArn(name)}'`);
        }
        if (state.rejecting) throw new AwsFault('ServiceUnavailableException', 503, 'the local stack is stopping');
        return startRun(name, text, input, await engine(), state);
      }),
    stop: (name, error, cause) => stopRun(name, { error, cause }, state),
    ended: async (name) => runs.get(name)?.done.catch(() => undefined),
    rejectNew: () => {
      state.rejecting = true;
    },
    abandon: () => {
      state.rejecting = true;
      state.abandoned = true;
      for (const { run } of runs.values()) run.abort();
    },
    running: () => runs.size,
    allEnded: async () => {
      while (runs.size > 0) await Promise.allSettled([...runs.values()].map(({ done }) => done));
    },
    lastEnded: () => state.lastEnded,
  };
}

/** Closes the executions that a killed process left running, and returns their names. */
export async function closeOrphaned(journal: Journal, now: number): Promise<readonly string[]> {
  const orphaned = await journal.list('RUNNING');
  for (const execution of orphaned) {
    const cause = 'the process of the local stack was killed';
    await journal.write({ ...execution, status: 'ABORTED', error: 'Awspip.StackDied', cause, stopDate: now });
  }
  return orphaned.map(({ name }) => name);
}
