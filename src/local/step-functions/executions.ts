import { AwsFault } from '../http.ts';
import { stackNames } from '../names.ts';
import { serially } from '../serially.ts';
import type { Ended, Engine, Run } from './engine.ts';
import { type EngineEvent, historyEvent } from './history.ts';
import type { Journal } from './journal.ts';
import type { Execution, HistoryEvent } from './types.ts';

/** The one state machine's executions. */
export type Executions = {
  /** @throws {AwsFault} ExecutionAlreadyExists, InvalidName, InvalidExecutionInput. */
  start(name: string, input: string): Promise<Execution>;
  stop(name: string, error: string | undefined, cause: string | undefined): Promise<Execution>;
  /** Settles when this one has ended. */
  ended(name: string): Promise<void>;
  /** Starts nothing more. */
  refuseNew(): void;
  /** Stops all, and leaves them on disk as running: the next start closes them and ends their leases. */
  abandon(): void;
  running(): number;
  /** Settles when none runs. */
  settled(): Promise<void>;
  /** Epoch milliseconds at which the last one ended. */
  lastEnded(): number;
};

export const executionArn = (name: string): string =>
  `arn:aws:states:${stackNames.region}:${stackNames.owner}:execution:${stackNames.stateMachine}:${name}`;

/** The service ends an execution whose history is longer. */
const maxEvents = 25_000;
/** Characters that a name may not hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the service forbids them by these very ranges.
const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;
const maxInputBytes = 262_144;

function checkStart(name: string, input: string): unknown {
  if (name.length < 1 || name.length > 80 || forbidden.test(name)) {
    throw new AwsFault('InvalidName', 400, 'the name has 1 to 80 characters, none of them space or punctuation');
  }
  try {
    if (Buffer.byteLength(input) <= maxInputBytes) return JSON.parse(input);
  } catch {
    // Told below.
  }
  throw new AwsFault('InvalidExecutionInput', 400, 'the input is not JSON of at most 262144 bytes');
}

/** Writes a run's events as they come; many that come at once in one write. */
async function keepHistory(journal: Journal, name: string, events: AsyncIterable<EngineEvent>, tooMany: () => void) {
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
    if (count > maxEvents) return tooMany();
    waiting.push(known);
    writing ??= write();
  }
  await writing;
}

/** What the executions share: the ones that run, and how they were told to end. */
type Book = {
  readonly journal: Journal;
  readonly now: () => number;
  readonly runs: Map<string, { readonly run: Run; readonly done: Promise<void> }>;
  /** What StopExecution said of those it stopped. */
  readonly stopped: Map<string, { error?: string | undefined; cause?: string | undefined }>;
  refusing: boolean;
  abandoned: boolean;
  lastEnded: number;
};

/** Sees a run to its end and writes down how it ended. */
async function finish(execution: Execution, run: Run, book: Book): Promise<void> {
  const { journal, now, stopped } = book;
  let overflow = false;
  const history = keepHistory(journal, execution.name, run.events, () => {
    overflow = true;
    run.abort();
  });
  const ended: Ended = await run.ended;
  await history.catch(() => undefined);
  if (book.abandoned) return;
  const reason = stopped.get(execution.name);
  const failed: Ended = { status: 'FAILED', error: 'States.Runtime', cause: 'its history passed 25,000 events' };
  const end = overflow ? failed : ended;
  await journal.write({ ...execution, ...end, ...(end.status === 'ABORTED' ? reason : {}), stopDate: now() });
  stopped.delete(execution.name);
  book.lastEnded = now();
}

async function begin(name: string, text: string, input: unknown, machine: Engine, book: Book): Promise<Execution> {
  const { journal, now, runs } = book;
  const execution: Execution = { name, status: 'RUNNING', startDate: now(), input: text };
  await journal.write(execution);
  const run = machine.start({ name, arn: executionArn(name), startDate: execution.startDate, input });
  const done = finish(execution, run, book).finally(() => runs.delete(name));
  done.catch(() => undefined);
  runs.set(name, { run, done });
  return execution;
}

async function stop(name: string, reason: { error: string | undefined; cause: string | undefined }, book: Book) {
  const running = book.runs.get(name);
  if (running) {
    book.stopped.set(name, reason);
    running.run.abort();
    await running.done;
  }
  const ended = await book.journal.read(name);
  if (ended) return ended;
  throw new AwsFault('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${executionArn(name)}'`);
}

export function executions(journal: Journal, engine: () => Promise<Engine>, now: () => number): Executions {
  const one = serially();
  const runs: Book['runs'] = new Map();
  const book: Book = { journal, now, runs, stopped: new Map(), refusing: false, abandoned: false, lastEnded: 0 };
  return {
    start: (name, text) =>
      one(name, async () => {
        const input = checkStart(name, text);
        const known = await journal.read(name);
        if (known?.status === 'RUNNING' && known.input === text) return known;
        if (known) {
          throw new AwsFault('ExecutionAlreadyExists', 400, `Execution Already Exists: '${executionArn(name)}'`);
        }
        if (book.refusing) throw new AwsFault('ServiceUnavailableException', 503, 'the stack is about to stop');
        return begin(name, text, input, await engine(), book);
      }),
    stop: (name, error, cause) => stop(name, { error, cause }, book),
    ended: async (name) => runs.get(name)?.done.catch(() => undefined),
    refuseNew: () => {
      book.refusing = true;
    },
    abandon: () => {
      book.refusing = true;
      book.abandoned = true;
      for (const { run } of runs.values()) run.abort();
    },
    running: () => runs.size,
    settled: async () => {
      while (runs.size > 0) await Promise.allSettled([...runs.values()].map(({ done }) => done));
    },
    lastEnded: () => book.lastEnded,
  };
}

/** Closes the executions that a process which is gone left running, and tells their names. */
export async function closeDied(journal: Journal, now: number): Promise<readonly string[]> {
  const died = await journal.list('RUNNING');
  for (const execution of died) {
    const cause = 'the stack that ran it was killed';
    await journal.write({ ...execution, status: 'ABORTED', error: 'Awspip.StackDied', cause, stopDate: now });
  }
  return died.map(({ name }) => name);
}
