import { AwspipError } from '../errors.ts';
import { checkRequestContent } from './check-request.ts';
import { type Decision, joinOrStart } from './join-or-start.ts';
import { executionName, requestId } from './request-id.ts';
import type { VettingStore } from './store-types.ts';
import type { RequestContent, RequestRecord, VettingRequest } from './types.ts';

/** Starts one workflow execution. `exists`: an execution of that name was started before, by anyone. */
export type Starter = { start(name: string, input: VettingRequest): Promise<'started' | 'exists'> };

export type Question = {
  readonly ask: RequestContent;
  /** Epoch milliseconds when the failed run of pip began: a verdict reached since then needs no new execution. */
  readonly since: number;
  /** The attempt whose SECURE answer was already acted upon and did not help; 0 for none. */
  readonly actedUpon?: number | undefined;
  readonly waitSeconds: number;
  readonly store: Pick<VettingStore, 'readRequest'>;
  readonly starter: Starter;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** 0 up to 1. */
  readonly random: () => number;
  /** Called for every change of the record, the last one included. */
  readonly onProgress: (record: RequestRecord) => void;
};

/**
 * How a vetting ended. `still-running`: the wait ran out; the record is then the last one seen, or one that says
 * nothing was claimed yet. `joined`: no execution was started for this question.
 */
export type Answer = {
  readonly kind: 'secure' | 'refused' | 'error' | 'still-running';
  readonly record: RequestRecord;
  readonly joined: boolean;
};

/** How long an execution may take to show its first record before another attempt is made. */
const claimPatienceMilliseconds = 30_000;
/** Attempts made for one question, whatever becomes of them. */
const maxStarts = 4;
/** Consecutive reads that may fail (each after the client's own retries) before the wait is given up. */
const maxFailedReads = 4;
/** Beyond the lease, so that a clock that runs ahead here does not end it. */
const leaseGraceMilliseconds = 5_000;
const minPause = 250;
const maxPause = 5_000;

/**
 * Asks for a vetting, or joins the one that runs, and waits for its end.
 *
 * An execution that died leaves a lease that ends: then this client starts the next attempt itself. Ends within
 * `waitSeconds` and a moment.
 *
 * @throws AwspipError `denied`, `unavailable` or `configuration` of the table or the workflow; `usage` of the request
 */
export async function awaitVetting(question: Question): Promise<Answer> {
  const { store, now, since, actedUpon = 0 } = question;
  const ask = checkRequestContent(question.ask);
  const id = requestId(ask);
  const found = await store.readRequest(id, { consistent: true });
  const decision = joinOrStart(found, { now: now(), since, actedUpon });
  if (decision.kind === 'answer') {
    question.onProgress(decision.record);
    return { ...ended(decision.record), joined: true };
  }
  return await wait({ ...question, ask }, id, decision);
}

type Waiting = { attempt: number; starts: number; joined: boolean; from: number };

async function wait(question: Question, id: string, decision: Exclude<Decision, { kind: 'answer' }>): Promise<Answer> {
  const { now, sleep, random, waitSeconds, onProgress } = question;
  const deadline = now() + waitSeconds * 1000;
  const waiting: Waiting = { attempt: decision.attempt, starts: 0, joined: true, from: now() };
  if (decision.kind === 'start') await start(question, id, decision.attempt, waiting);
  let last: RequestRecord | undefined;
  let pause = minPause;
  for (const read = patientRead(question, id); ; ) {
    const record = await read();
    if (record !== undefined && record.attempt >= waiting.attempt) {
      if (changed(last, record)) {
        onProgress(record);
        pause = Math.max(minPause, pause / 2);
      }
      last = record;
      if (record.status !== 'CHECK') return { ...ended(record), joined: waiting.joined };
    }
    if (now() >= deadline) {
      return { kind: 'still-running', record: last ?? unclaimed(question, id, waiting), joined: waiting.joined };
    }
    const next = nextAttempt(record, waiting, now());
    if (next !== undefined) await start(question, id, next, waiting);
    await sleep(Math.min(pause * (0.75 + random() / 2), Math.max(0, deadline - now())));
    pause = Math.min(maxPause, pause * 1.25);
  }
}

/** The attempt to start in place of one that died: claimed and then left, or never claimed. */
function nextAttempt(record: RequestRecord | undefined, waiting: Waiting, now: number): number | undefined {
  if (record !== undefined && record.attempt >= waiting.attempt) {
    return now > record.leaseUntil + leaseGraceMilliseconds ? record.attempt + 1 : undefined;
  }
  return now > waiting.from + claimPatienceMilliseconds ? waiting.attempt + 1 : undefined;
}

async function start({ ask, starter, now }: Question, id: string, attempt: number, waiting: Waiting): Promise<void> {
  if (waiting.starts === maxStarts) {
    throw new AwspipError('workflow-dies', `${maxStarts} executions of this vetting began and died`, {
      exit: 'unavailable',
      hint: 'see what they died of with `awspip status`',
    });
  }
  const input = { ...ask, requestId: id, attempt };
  const outcome = await starter.start(executionName(input), input);
  Object.assign(waiting, {
    attempt,
    starts: waiting.starts + 1,
    joined: waiting.joined && outcome === 'exists',
    from: now(),
  });
}

/** Reads the record; a few failures in a row are borne, for the execution goes on meanwhile. */
function patientRead({ store }: Question, id: string): () => Promise<RequestRecord | undefined> {
  let failures = 0;
  return async () => {
    try {
      const record = await store.readRequest(id);
      failures = 0;
      return record;
    } catch (error) {
      failures += 1;
      const passing = error instanceof AwspipError && error.exit === 'unavailable' && failures < maxFailedReads;
      if (!passing) throw error;
      return undefined;
    }
  };
}

function changed(last: RequestRecord | undefined, record: RequestRecord): boolean {
  const shown = ({ attempt, status, step, counts }: RequestRecord) =>
    [attempt, status, step, counts.releases, counts.secure].join();
  return last === undefined || shown(last) !== shown(record);
}

function ended(record: RequestRecord): Pick<Answer, 'record'> & { kind: 'secure' | 'refused' | 'error' } {
  if (record.status === 'SECURE') return { kind: 'secure', record };
  return { kind: record.status === 'ERROR' ? 'error' : 'refused', record };
}

/** What can be said when no execution has claimed the request yet. */
function unclaimed({ ask, now }: Question, requestId: string, { attempt }: Waiting): RequestRecord {
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
    roots: ask.roots.slice(0, 20),
    requestedBy: ask.requestedBy,
    createdAt: at,
    startedAt: at,
    updatedAt: at,
  };
}
