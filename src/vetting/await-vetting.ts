import { AwspipError } from '../errors.ts';
import { checkRequestContent } from './check-request.ts';
import { type HoldJoin, holdJoin } from './join-hold.ts';
import { type Decision, joinOrStart } from './join-or-start.ts';
import { executionName, requestId } from './request-id.ts';
import type { VettingStore } from './store-types.ts';
import type { RequestContent, RequestRecord, VettingRequest } from './types.ts';

/** The workflow's executions. */
export type Starter = {
  /** Starts one. `exists`: an execution of that name already exists, perhaps from another client. */
  start(name: string, input: VettingRequest): Promise<'started' | 'exists'>;
  /** Starts one that only adds a requester to the holds of an ended request. */
  join?(name: string, input: HoldJoin): Promise<unknown>;
  /** Asks the engine whether one runs; undefined without an answer. */
  isRunning(name: string): Promise<boolean | undefined>;
  /** Asks the engine how many other executions a new one waits for; 0 without an answer. */
  waitsForOthers?(name: string): Promise<number>;
};

/** The request to wait for, and the services that the wait uses. */
export type VettingWait = {
  readonly content: RequestContent;
  /** Epoch milliseconds at which the failed pip run started. A verdict reached since then needs no new execution. */
  readonly since: number;
  /** The attempt whose SECURE verdict the caller has used without success; 0 for none. */
  readonly usedAttempt?: number | undefined;
  readonly waitSeconds: number;
  readonly store: Pick<VettingStore, 'readRequest'>;
  readonly starter: Starter;
  /** Epoch milliseconds. Only its differences count: the clock of this machine may be wrong. */
  readonly now: () => number;
  /** Returns how many milliseconds the clock of the records is ahead of this machine's, after a read. Default 0. */
  readonly clockOffset?: (() => number) | undefined;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Returns a number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Receives the record after each visible change, the last one included. */
  readonly onProgress: (record: RequestRecord) => void;
  /** Receives how many other executions the engine runs first, as long as no execution has claimed the request. */
  readonly onQueued?: ((others: number) => void) | undefined;
};

/**
 * The end of a wait. `still-running`: the time ran out, and the record is the last one read, or a placeholder if no
 * execution has claimed the request. `joined`: this wait started no execution of its own.
 */
export type VettingOutcome = {
  readonly kind: 'secure' | 'refused' | 'error' | 'still-running';
  readonly record: RequestRecord;
  readonly joined: boolean;
};

/** Time without a change of the record after which the client asks the engine about the execution. */
const quietMilliseconds = { unclaimed: 5_000, claimed: 20_000 };
/** The same, after which the client asks the engine how many other executions a new one waits for. */
const queuedMilliseconds = 1_000;
/** The same, after which the client starts another attempt if the engine gives no answer. Tasks renew each 25 s. */
const deadMilliseconds = { unclaimed: 30_000, claimed: 150_000 };
/** Executions that one wait starts at the most. */
const maxStarts = 4;
/** Consecutive failed reads, each after the SDK's own retries, that end the wait. */
const maxFailedReads = 4;
const minPauseMilliseconds = 100;
/** How long a wait for copies is a short one. */
const copyMilliseconds = 60_000;
/** The longest pause between two reads, by the time waited so far: the longer a vetting takes, the less often. */
const maxPauses = [
  { untilMilliseconds: 10_000, pause: 500 },
  { untilMilliseconds: 60_000, pause: 1_000 },
  { untilMilliseconds: Number.POSITIVE_INFINITY, pause: 5_000 },
];

/**
 * Requests a vetting or joins a running one, and waits for its end, for about `waitSeconds`.
 *
 * When the engine says that the execution has ended without a verdict, this client starts the next attempt. No clock of
 * this machine is compared with a time in the record.
 *
 * @throws AwspipError `denied`, `unavailable` or `configuration` of the table or the workflow; `usage` of the request
 */
export async function awaitVetting(options: VettingWait): Promise<VettingOutcome> {
  const outcome = await vettingOutcome(options);
  // The execution that this client joined has recorded another requester.
  const join = outcome.joined && outcome.kind === 'refused' ? holdJoin(options.content, outcome.record) : undefined;
  // The verdict is the same without it.
  if (join !== undefined) await options.starter.join?.(join.name, join.input).catch(() => {});
  return outcome;
}

async function vettingOutcome(options: VettingWait): Promise<VettingOutcome> {
  const content = checkRequestContent(options.content);
  const id = requestId(content);
  const decision = await decideStart(options, id);
  if (decision.kind === 'answer') {
    options.onProgress(decision.record);
    return { ...endOf(decision.record), joined: true };
  }
  return await wait({ ...options, content }, id, decision);
}

type VettingStart = Pick<VettingWait, 'content' | 'since' | 'usedAttempt' | 'store' | 'starter' | 'clockOffset'>;

/** Starts the execution that `awaitVetting` would start, and doesn't wait for it. @throws the same errors */
export async function beginVetting(options: VettingStart): Promise<void> {
  const content = checkRequestContent(options.content);
  const id = requestId(content);
  const decision = await decideStart(options, id);
  if (decision.kind !== 'start') return;
  const input = { ...content, requestId: id, attempt: decision.attempt };
  await options.starter.start(executionName(input), input);
}

async function decideStart(
  { store, starter, since, usedAttempt = 0, clockOffset = () => 0 }: VettingStart,
  id: string,
): Promise<Decision> {
  const read = () => store.readRequest(id, { consistent: true });
  const first = await read();
  const isRunning = first?.status === 'CHECK' ? await starter.isRunning(first.execution) : undefined;
  // An execution that ended between the two questions has written its verdict.
  const known = isRunning === false ? await read() : first;
  return joinOrStart(known, { isRunning, since: since + clockOffset(), usedAttempt });
}

/** The attempt being waited for, and the executions started so far. */
type WaitState = {
  attempt: number;
  starts: number;
  joined: boolean;
  /** Epoch milliseconds of the last change of the record, or of the start of this attempt. */
  movedAt: number;
  /** Epoch milliseconds of the last change, or of the engine's last answer that the execution runs. */
  aliveAt: number;
};

async function wait(
  options: VettingWait,
  id: string,
  decision: Exclude<Decision, { kind: 'answer' }>,
): Promise<VettingOutcome> {
  const { now, sleep, random, waitSeconds, onProgress } = options;
  const startedAt = now();
  const deadline = startedAt + waitSeconds * 1000;
  const state: WaitState = { attempt: decision.attempt, starts: 0, joined: true, movedAt: now(), aliveAt: now() };
  if (decision.kind === 'start') await start(options, id, decision.attempt, state);
  let last: RequestRecord | undefined;
  let pause = minPauseMilliseconds;
  for (const read = tolerantRead(options, id); ; ) {
    const record = await read.next();
    if (record !== undefined && record.attempt >= state.attempt) {
      if (hasMoved(last, record)) Object.assign(state, { movedAt: now(), aliveAt: now() });
      if (isVisibleChange(last, record)) {
        onProgress(record);
        pause = Math.max(minPauseMilliseconds, pause / 2);
      }
      last = record;
      if (record.status !== 'CHECK') return { ...endOf(record), joined: state.joined };
    }
    if (now() >= deadline) {
      // Without an answer, the request may have ended.
      if (read.failure() !== undefined) throw read.failure();
      return { kind: 'still-running', record: last ?? placeholderRecord(options, id, state), joined: state.joined };
    }
    if (record === undefined || record.attempt < state.attempt) await reportQueue(options, id, state);
    const next = await nextAttempt(options, id, record, state);
    if (next !== undefined) await start(options, id, next, state);
    await sleep(Math.min(pause * (0.75 + random() / 2), Math.max(0, deadline - now())));
    pause = Math.min(maxPauseAfter(now() - startedAt, last?.step), pause * 1.25);
  }
}

function maxPauseAfter(milliseconds: number, step: RequestRecord['step'] | undefined): number {
  // The copies are the last step, and take a moment.
  if (step === 'copy' && milliseconds < copyMilliseconds) return minPauseMilliseconds;
  return maxPauses.find(({ untilMilliseconds }) => milliseconds < untilMilliseconds)?.pause ?? minPauseMilliseconds;
}

/** Reports how many other executions the engine runs before one that has not claimed the request yet. */
async function reportQueue(
  { starter, now, onQueued }: VettingWait,
  requestId: string,
  { attempt, movedAt }: WaitState,
): Promise<void> {
  if (onQueued === undefined || now() - movedAt < queuedMilliseconds) return;
  onQueued((await starter.waitsForOthers?.(executionName({ requestId, attempt }))) ?? 0);
}

/** Returns the attempt to start in place of a dead one, whether or not that one claimed the request. */
async function nextAttempt(
  { store, starter, now }: VettingWait,
  id: string,
  record: RequestRecord | undefined,
  state: WaitState,
): Promise<number | undefined> {
  const claimed = record !== undefined && record.attempt >= state.attempt ? record : undefined;
  const phase = claimed === undefined ? 'unclaimed' : 'claimed';
  if (now() - state.aliveAt < quietMilliseconds[phase]) return undefined;
  const attempt = claimed?.attempt ?? state.attempt;
  const name = claimed?.execution ?? executionName({ requestId: id, attempt });
  const isRunning = await starter.isRunning(name);
  if (isRunning !== false) {
    if (isRunning === true) state.aliveAt = now();
    const isSilent = isRunning === undefined && now() - state.movedAt >= deadMilliseconds[phase];
    return isSilent ? attempt + 1 : undefined;
  }
  // The execution may have written its verdict just before it ended, and another one may have claimed the request.
  const latest = await store.readRequest(id, { consistent: true });
  if (latest === undefined || latest.attempt < attempt) return attempt + 1;
  return latest.status === 'CHECK' && latest.execution === name ? latest.attempt + 1 : undefined;
}

async function start(
  { content, starter, now }: VettingWait,
  id: string,
  attempt: number,
  state: WaitState,
): Promise<void> {
  if (state.starts === maxStarts) {
    throw new AwspipError('workflow-stopped', `${maxStarts} executions of this vetting stopped without a result`, {
      exit: 'unavailable',
      hint: 'run `awspip status` to see the cause',
    });
  }
  const input = { ...content, requestId: id, attempt };
  const result = await starter.start(executionName(input), input);
  Object.assign(state, {
    attempt,
    starts: state.starts + 1,
    joined: state.joined && result === 'exists',
    movedAt: now(),
    aliveAt: now(),
  });
}

/** Returns a reader of the record that tolerates a few failures in a row: the execution continues meanwhile. */
function tolerantRead(
  { store }: VettingWait,
  id: string,
): {
  readonly next: () => Promise<RequestRecord | undefined>;
  /** Returns the error of the last read, if it failed. */
  readonly failure: () => unknown;
} {
  let failures: readonly unknown[] = [];
  return {
    failure: () => failures.at(-1),
    next: async () => {
      try {
        const record = await store.readRequest(id);
        failures = [];
        return record;
      } catch (error) {
        failures = [...failures, error];
        const isUnavailable = error instanceof AwspipError && error.exit === 'unavailable';
        if (!isUnavailable || failures.length === maxFailedReads) throw error;
        return undefined;
      }
    },
  };
}

/** Checks whether an execution has written to the record. */
function hasMoved(last: RequestRecord | undefined, record: RequestRecord): boolean {
  const written = ({ execution, leaseUntil, updatedAt }: RequestRecord) => [execution, leaseUntil, updatedAt].join();
  return last === undefined || written(last) !== written(record);
}

function isVisibleChange(last: RequestRecord | undefined, record: RequestRecord): boolean {
  const visible = ({ attempt, status, step, counts }: RequestRecord) =>
    [attempt, status, step, counts.releases, counts.secure].join();
  return last === undefined || visible(last) !== visible(record);
}

function endOf(record: RequestRecord): Pick<VettingOutcome, 'record'> & { kind: 'secure' | 'refused' | 'error' } {
  if (record.status === 'SECURE') return { kind: 'secure', record };
  return { kind: record.status === 'ERROR' ? 'error' : 'refused', record };
}

/** Returns the record to show while no execution has claimed the request. */
function placeholderRecord({ content, now }: VettingWait, requestId: string, { attempt }: WaitState): RequestRecord {
  const at = new Date(now()).toISOString();
  return {
    requestId,
    attempt,
    execution: executionName({ requestId, attempt }),
    status: 'CHECK',
    step: 'claim',
    counts: { releases: 0, secure: 0 },
    refusals: [],
    leaseUntil: 0,
    roots: content.roots.slice(0, 20),
    requestedBy: content.requestedBy,
    createdAt: at,
    startedAt: at,
    updatedAt: at,
  };
}
