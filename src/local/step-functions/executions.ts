import { errorText } from '../error-text.ts';
import { AwsFault } from '../http.ts';
import { keyedQueue } from '../keyed-queue.ts';
import { executionArn } from '../names.ts';
import type { Engine, Run, RunOutcome } from './engine.ts';
import { type EngineEvent, historyEvent } from './history.ts';
import type { Journal } from './journal.ts';
import type { Slots } from './slots.ts';
import type { Execution, HistoryEvent } from './types.ts';

/** The executions of the stack's state machine. */
export type Executions = {
  /** @throws {AwsFault} ExecutionAlreadyExists, InvalidName, InvalidExecutionInput. */
  start(name: string, input: string): Promise<Execution>;
  stop(name: string, error: string | undefined, cause: string | undefined): Promise<Execution>;
  /** Returns how many other executions a new one waits for: those that run, and those that were started earlier. */
  waitsFor(name: string): number;
  /** Resolves when this execution has ended. */
  ended(name: string): Promise<void>;
  /** Rejects all further executions. */
  rejectNew(): void;
  /** Stops all executions and leaves them on disk as running. The next start closes them and ends their leases. */
  abandon(): void;
  /** Returns the number of running executions, including those that wait for a slot. */
  running(): number;
  /** Resolves when no execution runs. */
  allEnded(): Promise<void>;
  /** Returns when the last execution ended, in epoch milliseconds. */
  lastEnded(): number;
};

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

/** What the executions of a state machine need. */
export type ExecutionParts = {
  readonly stateMachine: string;
  readonly journal: Journal;
  readonly engine: () => Promise<Engine>;
  /** The slots that all state machines share. */
  readonly slots: Slots;
  readonly now: () => number;
};

/** An execution that runs or waits for a slot. */
type Active = { readonly abort: () => void; readonly done: Promise<void>; readonly waitsFor: () => number };

/** The state that all executions share. */
type ExecutionsState = ExecutionParts & {
  readonly active: Map<string, Active>;
  /** The error and cause that StopExecution gave, by execution name. */
  readonly stopReasons: Map<string, { error?: string | undefined; cause?: string | undefined }>;
  rejecting: boolean;
  abandoned: boolean;
  lastEnded: number;
};

const stopped: RunOutcome = { status: 'ABORTED', error: 'Aborted', cause: 'the execution was stopped' };

/** Records the outcome of an execution, unless the stack leaves it to the next start. */
async function close(execution: Execution, outcome: RunOutcome, state: ExecutionsState): Promise<void> {
  if (state.abandoned) return;
  const { journal, now, stopReasons } = state;
  const reason = outcome.status === 'ABORTED' ? stopReasons.get(execution.name) : {};
  await journal.write({ ...execution, ...outcome, ...reason, stopDate: now() });
  stopReasons.delete(execution.name);
  state.lastEnded = now();
}

/** Waits for the end of a run and returns its outcome, after its history is written. */
async function finish(name: string, run: Run, { journal }: ExecutionsState): Promise<RunOutcome> {
  let overflow = false;
  const history = recordHistory(journal, name, run.events, () => {
    overflow = true;
    run.abort();
  });
  const outcome = await run.outcome;
  await history.catch(() => undefined);
  if (!overflow) return outcome;
  return { status: 'FAILED', error: 'States.Runtime', cause: 'the history exceeds 25,000 events' };
}

/** Waits for a slot, runs the execution in it, and records its outcome. */
function activate(execution: Execution, input: unknown, state: ExecutionsState): Active {
  const { name, startDate } = execution;
  const abort = new AbortController();
  const place = state.slots.enter(abort.signal);
  const run = async (): Promise<RunOutcome> => {
    const giveBack = await place.slot;
    try {
      const engine = await state.engine();
      if (abort.signal.aborted) return stopped;
      const started = engine.start({ name, arn: executionArn(state.stateMachine, name), startDate, input });
      abort.signal.addEventListener('abort', () => started.abort(), { once: true });
      return await finish(name, started, state);
    } finally {
      giveBack();
    }
  };
  const failed = (error: unknown): RunOutcome =>
    abort.signal.aborted ? stopped : { status: 'FAILED', error: 'States.Runtime', cause: errorText(error) };
  const done = run()
    .catch(failed)
    .then((outcome) => close(execution, outcome, state))
    .finally(() => state.active.delete(name));
  done.catch(() => undefined);
  return { abort: () => abort.abort(), done, waitsFor: place.others };
}

async function start(name: string, text: string, state: ExecutionsState): Promise<Execution> {
  const { journal, now, active, stateMachine } = state;
  const input = checkStart(name, text);
  const existing = await journal.read(name);
  if (existing?.status === 'RUNNING' && existing.input === text) return existing;
  if (existing) {
    const arn = executionArn(stateMachine, name);
    throw new AwsFault('ExecutionAlreadyExists', 400, `Execution Already Exists: '${arn}'`);
  }
  if (state.rejecting) throw new AwsFault('ServiceUnavailableException', 503, 'the local stack is stopping');
  const execution: Execution = { name, status: 'RUNNING', startDate: now(), input: text };
  await journal.write(execution);
  active.set(name, activate(execution, input, state));
  return execution;
}

async function stop(
  name: string,
  reason: { error: string | undefined; cause: string | undefined },
  { active, stopReasons, journal, stateMachine }: ExecutionsState,
) {
  const running = active.get(name);
  if (running) {
    stopReasons.set(name, reason);
    running.abort();
    await running.done;
  }
  const execution = await journal.read(name);
  if (execution) return execution;
  const arn = executionArn(stateMachine, name);
  throw new AwsFault('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${arn}'`);
}

/** Returns the executions of a state machine. */
export function executions(parts: ExecutionParts): Executions {
  const inOrder = keyedQueue();
  const active: ExecutionsState['active'] = new Map();
  const state: ExecutionsState = {
    ...parts,
    active,
    stopReasons: new Map(),
    rejecting: false,
    abandoned: false,
    lastEnded: 0,
  };
  return {
    start: (name, text) => inOrder(name, () => start(name, text, state)),
    stop: (name, error, cause) => stop(name, { error, cause }, state),
    waitsFor: (name) => active.get(name)?.waitsFor() ?? 0,
    ended: async (name) => active.get(name)?.done.catch(() => undefined),
    rejectNew: () => {
      state.rejecting = true;
    },
    abandon: () => {
      state.rejecting = true;
      state.abandoned = true;
      for (const { abort } of active.values()) abort();
    },
    running: () => active.size,
    allEnded: async () => {
      while (active.size > 0) await Promise.allSettled([...active.values()].map(({ done }) => done));
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
