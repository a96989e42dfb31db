import { AwspipError } from '../errors.ts';
import { checkRequestContent } from './check-request.ts';
import { type Decision, joinOrStart } from './join-or-start.ts';
import { executionName, requestId } from './request-id.ts';
import type { VettingStore } from './store-types.ts';
import type { RequestContent, RequestRecord, VettingRequest } from './types.ts';

/** Starts one workflow execution. `exists`: an execution of that name already exists, perhaps from another client. */
export type Starter = { start(name: string, input: VettingRequest): Promise<'started' | 'exists'> };

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
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Returns a number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Receives the record after each visible change, the last one included. */
  readonly onProgress: (record: RequestRecord) => void;
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

/** Time an execution has to claim its request before the client starts another attempt. */
const maxClaimMilliseconds = 30_000;
/** Executions that one wait starts at the most. */
const maxStarts = 4;
/** Consecutive failed reads, each after the SDK's own retries, that end the wait. */
const maxFailedReads = 4;
/** Added to the lease, so that a clock that runs ahead on this machine doesn't end it early. */
const leaseGraceMilliseconds = 5_000;
const minPauseMilliseconds = 250;
const maxPauseMilliseconds = 5_000;

/**
 * Requests a vetting or joins a running one, and waits for its end, for about `waitSeconds`.
 *
 * When the lease of a dead execution has expired, this client starts the next attempt.
 *
 * @throws AwspipError `denied`, `unavailable` or `configuration` of the table or the workflow; `usage` of the request
 */
export async function awaitVetting(options: VettingWait): Promise<VettingOutcome> {
  const { store, now, since, usedAttempt = 0 } = options;
  const content = checkRequestContent(options.content);
  const id = requestId(content);
  const known = await store.readRequest(id, { consistent: true });
  const decision = joinOrStart(known, { now: now(), since, usedAttempt });
  if (decision.kind === 'answer') {
    options.onProgress(decision.record);
    return { ...endOf(decision.record), joined: true };
  }
  return await wait({ ...options, content }, id, decision);
}

/** The attempt being waited for, and the executions started so far. */
type WaitState = {
  attempt: number;
  starts: number;
  joined: boolean;
  /** Epoch milliseconds at which the wait for this attempt began. */
  since: number;
};

async function wait(
  options: VettingWait,
  id: string,
  decision: Exclude<Decision, { kind: 'answer' }>,
): Promise<VettingOutcome> {
  const { now, sleep, random, waitSeconds, onProgress } = options;
  const deadline = now() + waitSeconds * 1000;
  const state: WaitState = { attempt: decision.attempt, starts: 0, joined: true, since: now() };
  if (decision.kind === 'start') await start(options, id, decision.attempt, state);
  let last: RequestRecord | undefined;
  let pause = minPauseMilliseconds;
  for (const read = tolerantRead(options, id); ; ) {
    const record = await read();
    if (record !== undefined && record.attempt >= state.attempt) {
      if (isVisibleChange(last, record)) {
        onProgress(record);
        pause = Math.max(minPauseMilliseconds, pause / 2);
      }
      last = record;
      if (record.status !== 'CHECK') return { ...endOf(record), joined: state.joined };
    }
    if (now() >= deadline) {
      return { kind: 'still-running', record: last ?? placeholderRecord(options, id, state), joined: state.joined };
    }
    const next = nextAttempt(record, state, now());
    if (next !== undefined) await start(options, id, next, state);
    await sleep(Math.min(pause * (0.75 + random() / 2), Math.max(0, deadline - now())));
    pause = Math.min(maxPauseMilliseconds, pause * 1.25);
  }
}

/** Returns the attempt to start in place of a dead one, whether or not that one claimed the request. */
function nextAttempt(record: RequestRecord | undefined, state: WaitState, now: number): number | undefined {
  if (record !== undefined && record.attempt >= state.attempt) {
    return now > record.leaseUntil + leaseGraceMilliseconds ? record.attempt + 1 : undefined;
  }
  return now > state.since + maxClaimMilliseconds ? state.attempt + 1 : undefined;
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
    since: now(),
  });
}

/** Returns a reader of the record that tolerates a few failures in a row: the execution continues meanwhile. */
function tolerantRead({ store }: VettingWait, id: string): () => Promise<RequestRecord | undefined> {
  let failures = 0;
  return async () => {
    try {
      const record = await store.readRequest(id);
      failures = 0;
      return record;
    } catch (error) {
      failures += 1;
      const isTransient = error instanceof AwspipError && error.exit === 'unavailable' && failures < maxFailedReads;
      if (!isTransient) throw error;
      return undefined;
    }
  };
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
