import { AwspipError } from '../errors.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { ReleaseChange, VettingStore } from '../vetting/store-types.ts';
import type { ImportFailure, ReleaseRecord, RequestRecord, RequestRelease, Status } from '../vetting/types.ts';
import { type ClaimedBatch, chosenOfBatch } from './batches.ts';
import { renewRequest, withLease } from './lease.ts';
import type { WorkflowPorts } from './ports.ts';
import { truncate } from './refusals.ts';
import { withdrawal } from './repository-truth.ts';

const underway: ReadonlySet<Status> = new Set(['CHECK', 'INGEST', 'COPY']);

/** Checks whether an execution owns a release that it has not finished. */
export const isUnderway = (record: ReleaseRecord | undefined, execution: string): record is ReleaseRecord =>
  record !== undefined && record.execution === execution && underway.has(record.status);

/** Checks whether the owner of a claim has ended its lease, so that any execution may claim the release. */
export const isClaimReleased = ({ leaseUntil }: ReleaseRecord): boolean => leaseUntil === 0;

/** A release that an execution owns, and what its request chose it with. */
export type OwnedRelease = { readonly record: ReleaseRecord; readonly chosen: RequestRelease | undefined };

type OwnedOptions = {
  readonly from: readonly Status[];
  /** The step of the request to show. */
  readonly step?: RequestRecord['step'] | undefined;
};

/** Runs `work` for the releases that `withOwned` finds, at most `limit` in parallel. */
export async function forEachOwned(
  ports: WorkflowPorts,
  batch: ClaimedBatch,
  { limit, ...options }: OwnedOptions & { readonly limit: number },
  work: (owned: OwnedRelease) => Promise<void>,
): Promise<void> {
  await withOwned(ports, batch, options, (owned) => mapConcurrently(owned, limit, work));
}

/**
 * Runs `work` with the releases of a batch that this execution owns and whose status is one of `from`, unless there are
 * none, and renews the leases. The records decide which ones, so a task may run twice. The first renewal runs in
 * parallel with the work, which changes only what this execution owns.
 */
export async function withOwned(
  ports: WorkflowPorts,
  batch: ClaimedBatch,
  { from, step }: OwnedOptions,
  work: (owned: OwnedRelease[]) => Promise<unknown>,
): Promise<void> {
  const { claim, keys } = batch;
  const [records, chosen] = await Promise.all([ports.store.readReleases(keys), chosenOfBatch(ports, batch)]);
  const owned = records
    .filter((record) => isUnderway(record, claim.execution))
    .filter(({ status }) => from.includes(status))
    .map((record) => ({ record, chosen: chosen.get(`${record.name} ${record.version}`) }));
  if (owned.length === 0) return;
  const ended = await Promise.allSettled([
    renewRequest(ports, claim, step === undefined ? {} : { step }),
    withLease(ports, claim, keys, () => work(owned)),
  ]);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

/** Ends a release that its batch left unfinished, unless its claim was released for another round. */
export async function endUnfinished(ports: Pick<WorkflowPorts, 'store'>, record: ReleaseRecord): Promise<void> {
  if (isClaimReleased(record)) return;
  const cause = 'the batch ended before this release was vetted';
  return rejectRelease(ports, record, { status: 'ERROR', cause, retriable: true });
}

/** The answer of a service, or why it failed and whether the same call may succeed later. */
export type ServiceAnswer<T> = { readonly value: T } | ServiceFailure;
/** `needsDecision`: the service works, and what it holds of this release may not be vetted. */
type ServiceFailure = ImportFailure;

/**
 * Calls a service and returns its value or the cause of its failure. It neither waits nor repeats the call: the state
 * machine does.
 */
export async function callService<T>(call: () => Promise<T>): Promise<ServiceAnswer<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    const exit = error instanceof AwspipError && error.code !== notAssessed ? error.exit : undefined;
    const mayPass = error instanceof AwspipError && error.code !== wrongBytes;
    const retriable = mayPass && (exit === 'unavailable' || exit === undefined);
    return { cause: errorMessage(error), retriable, needsDecision: exit === 'blocked' };
  }
}

/** The code of the error for a file with other bytes than its index lists. A pause doesn't change them. */
const wrongBytes = 'digest-mismatch';

/** The code of the error for a file that upstream added after the resolver read the page. The next round assesses it. */
export const notAssessed = 'file-not-assessed';

/** Returns one sentence about an error, for a record. */
function errorMessage(error: unknown): string {
  if (error instanceof AwspipError) return truncate(error.message, 300);
  return truncate(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 300);
}

/** Removes an earlier verdict, which doesn't explain an ERROR. */
const noVerdict: ReleaseChange = {
  riskLevel: undefined,
  score: undefined,
  reasons: undefined,
  similarPackages: undefined,
  policyVersion: undefined,
  scope: undefined,
  unknownSources: undefined,
};

/** Ends the vetting of a release for which a service failed: HELD if a person has to decide, else ERROR. */
export async function rejectFailed(
  ports: Pick<WorkflowPorts, 'store'>,
  record: ReleaseRecord,
  { needsDecision, ...failure }: ServiceFailure,
): Promise<void> {
  const { status, ...facts } = withdrawal(failure.cause);
  const outcome = needsDecision === true ? { status, facts } : { status: 'ERROR' as const, ...failure };
  return rejectRelease(ports, record, outcome);
}

/**
 * Ends the vetting of a release without a copy. A release that was SECURE stays so, with the files vetted before.
 */
export async function rejectRelease(
  { store }: { readonly store: Pick<VettingStore, 'advance'> },
  record: ReleaseRecord,
  outcome:
    | ({ readonly status: 'ERROR' } & ServiceFailure)
    | { readonly status: 'BLOCKED' | 'HELD'; readonly facts: ReleaseChange },
): Promise<void> {
  const { status } = outcome;
  const reason = 'cause' in outcome ? outcome.cause : status;
  const change: ReleaseChange =
    record.wasSecure === true
      ? { status: 'SECURE', cause: `its files were not vetted again: ${reason}` }
      : 'cause' in outcome
        ? {
            ...(record.status === 'CHECK' ? noVerdict : {}),
            status,
            cause: outcome.cause,
            retriable: outcome.retriable,
          }
        : { ...outcome.facts, status };
  const ended = { ...change, leaseUntil: 0, importFailure: undefined, seen: undefined, wasSecure: undefined };
  await store.advance(record, record.execution, record.status, ended);
}
