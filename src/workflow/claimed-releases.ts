import { AwspipError } from '../errors.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { ReleaseChange } from '../vetting/store-types.ts';
import type { ReleaseKey, ReleaseRecord, RequestRecord, Status } from '../vetting/types.ts';
import type { Claim } from './claim.ts';
import { touch, underLease } from './lease.ts';
import type { WorkflowPorts } from './ports.ts';
import { cut } from './refusals.ts';

const retryMilliseconds = 2_000;
/** A call that took longer than this before it failed is not made again: tasks have time limits. */
const quickMilliseconds = 30_000;
const underway: ReadonlySet<Status> = new Set(['CHECK', 'INGEST', 'COPY']);

/** Whether an execution owns a release that has not come to its end. */
export const isUnderway = (record: ReleaseRecord | undefined, execution: string): record is ReleaseRecord =>
  record !== undefined && record.execution === execution && underway.has(record.status);

/**
 * Works on those of a batch's releases that this execution owns and that stand at `from`; the records say which, so a
 * task may run twice. Whatever the work throws becomes that release's ERROR, and the others go on.
 */
export async function eachOwned(
  ports: WorkflowPorts,
  { claim, keys }: { readonly claim: Claim; readonly keys: readonly ReleaseKey[] },
  { from, step, limit }: { readonly from: Status; readonly step: RequestRecord['step']; readonly limit: number },
  work: (record: ReleaseRecord) => Promise<void>,
): Promise<void> {
  const records = await ports.store.readReleases(keys);
  const mine = records.filter((record) => isUnderway(record, claim.execution) && record.status === from);
  if (mine.length === 0) return;
  await touch(ports, claim, { step });
  await underLease(ports, claim, keys, () => mapConcurrently(mine as ReleaseRecord[], limit, work));
}

/** What the outside answered, or what it threw: tried once more when it was quick to say that it is unavailable. */
export async function attempt<T>(
  { sleep, now }: Pick<WorkflowPorts, 'sleep' | 'now'>,
  call: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly cause: string }> {
  const began = now();
  for (let tries = 1; ; tries += 1) {
    try {
      return { value: await call() };
    } catch (error) {
      const mayPass = error instanceof AwspipError && error.exit === 'unavailable';
      if (!mayPass || tries === 2 || now() - began > quickMilliseconds) return { cause: causeOf(error) };
      await sleep(retryMilliseconds);
    }
  }
}

/** One sentence about an error, for a record. */
export function causeOf(error: unknown): string {
  if (error instanceof AwspipError) return cut(error.message, 300);
  return cut(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 300);
}

/** A verdict of an earlier time says nothing about an ERROR. */
const noFacts: ReleaseChange = {
  riskLevel: undefined,
  score: undefined,
  reasons: undefined,
  similarPackages: undefined,
  policyVersion: undefined,
};

/**
 * Ends our work on a release without bringing it in. One that was SECURE stays so, with the files it was vetted with.
 */
export async function reject(
  { store }: Pick<WorkflowPorts, 'store'>,
  record: ReleaseRecord,
  outcome:
    | { readonly status: 'ERROR'; readonly cause: string }
    | { readonly status: 'BLOCKED' | 'HELD'; readonly facts: ReleaseChange },
): Promise<void> {
  const { status } = outcome;
  const why = 'cause' in outcome ? outcome.cause : status;
  const change: ReleaseChange =
    record.wasSecure === true
      ? { status: 'SECURE', cause: `files added later did not get in: ${why}` }
      : 'cause' in outcome
        ? { ...(record.status === 'CHECK' ? noFacts : {}), status, cause: outcome.cause }
        : { ...outcome.facts, status };
  const ended = { ...change, leaseUntil: 0, pending: undefined, wasSecure: undefined };
  await store.advance(record, record.execution, record.status, ended);
}
