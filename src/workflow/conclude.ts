import { mapConcurrently } from '../map-concurrently.ts';
import { noteFreshness } from '../vetting/freshness.ts';
import type { Refusal, RequestOptions, RequestRecord, RequestStatus } from '../vetting/types.ts';
import { approvalLookup } from './approvals.ts';
import { type Chosen, isFileWithheld } from './batches.ts';
import { type Claim, requestLost } from './claim.ts';
import { readInput } from './input.ts';
import type { Resolution, WorkflowPorts } from './ports.ts';
import { recordHolds } from './record-holds.ts';
import { recordVettedWith } from './record-vetted-with.ts';
import { fileRefusal, limitRefusals, refusalOfRecord, statusOfRefusals } from './refusals.ts';
import { endReleasedClaims } from './released-claims.ts';

export type Outcome = Resolution['outcome'];

/** The end of a request, passed to the notice. */
export type RequestEnd = { readonly requestId: string; readonly execution: string; readonly status: RequestStatus };

type Findings = {
  readonly claim: Claim;
  /** The input of the execution. */
  readonly request: unknown;
  readonly record: RequestRecord;
  readonly outcome: Outcome;
  /** The releases of every round, as read just now. */
  readonly own: readonly Chosen[];
  /** Those of the last round, if it has a solution. */
  readonly chosen: readonly Chosen[];
};

/** Checks whether a request finds the newest releases. A cut-off excludes them. */
function findsNewest({ upgrade, uploadedBefore }: RequestOptions): boolean {
  return upgrade && uploadedBefore === undefined;
}

/** Writes the request's verdict: SECURE only if every release of its resolved set is. */
export async function conclude(ports: WorkflowPorts, findings: Findings): Promise<RequestEnd> {
  const { claim, request, record, outcome, own, chosen } = findings;
  const { requestId, execution } = claim;
  const ofChosen = [...refusalsOfOpen(chosen), ...(await refusalsOfFiles(ports, chosen))];
  const refusals = [...ofChosen, ...record.refusals];
  const end = decideEnd(outcome, refusals, chosen);
  const input = readInput(request, ports.environmentOf);
  const isCheckOfUpstream = end.status !== 'ERROR' && input !== undefined && findsNewest(input.content.options);
  const isResolved = end.status === 'SECURE' && input !== undefined;
  await Promise.all([
    recordHolds(ports, record, ofChosen),
    isCheckOfUpstream && noteFreshness(ports.store, input.content.roots, input.content.environment, ports.now()),
    isResolved && recordVettedWith(ports.store, input.content.roots, chosen),
    endReleasedClaims(ports, claim, own),
  ]);
  // Clients print it with the refusals, and read nothing but this record.
  const isRefused = end.status === 'HELD' || end.status === 'BLOCKED';
  const contact = isRefused ? (await ports.store.policyNotes()).contact : undefined;
  const endedAt = new Date(ports.now()).toISOString();
  const secure = chosen.filter((release) => release.record?.status === 'SECURE').length;
  const written = await ports.store.updateRequest(requestId, execution, {
    ...end,
    ...omittingAlso(limitRefusals(refusals), record.refusalsOmitted),
    observed: await observedReleases(ports, chosen),
    ...(outcome === 'solved' ? { counts: { releases: chosen.length, secure } } : {}),
    step: 'done',
    leaseUntil: 0,
    contact,
    endedAt,
  });
  if (!written) throw requestLost(claim);
  return { requestId, execution, status: end.status };
}

const maxObserved = 5;
const maxConcurrentReads = 8;

/** Returns the releases that were allowed only because the policy observes, and that nobody has approved since. */
export async function observedReleases(
  ports: Parameters<typeof approvalLookup>[0],
  chosen: readonly Pick<Chosen, 'release' | 'record'>[],
): Promise<RequestRecord['observed']> {
  const decisionOf = approvalLookup(ports);
  const only = await mapConcurrently(chosen, maxConcurrentReads, async ({ release, record }) => {
    if (record?.observed === undefined || (await decisionOf(release))?.kind === 'approve') return [];
    return [{ name: release.name, version: release.version, ...record.observed }];
  });
  const observed = only.flat();
  return observed.length === 0 ? undefined : { count: observed.length, first: observed.slice(0, maxObserved) };
}

/** Returns the refusals of chosen releases, after the last round that could choose others. */
function refusalsOfOpen(chosen: readonly Chosen[]): Refusal[] {
  return chosen.flatMap(({ record }) => {
    const refusal = record && refusalOfRecord(record);
    return refusal === undefined ? [] : [{ ...refusal, fatal: true }];
  });
}

/** Returns the refusals of vetted releases whose needed file is withheld, after the last round. */
async function refusalsOfFiles({ store }: WorkflowPorts, chosen: readonly Chosen[]): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { release } of chosen.filter(isFileWithheld)) {
    const { name, version, file = '' } = release;
    const withheld = (await store.withheldOf(name)).find((other) => other.version === version)?.files[file];
    const kind = withheld?.status === 'BLOCKED' ? 'BLOCKED' : 'HELD';
    refusals.push({ ...fileRefusal({ name, version }, kind, withheld?.reasons ?? []), fatal: true });
  }
  return refusals;
}

function omittingAlso<Limited extends { readonly refusalsOmitted: number }>(limited: Limited, omitted = 0): Limited {
  return { ...limited, refusalsOmitted: limited.refusalsOmitted + omitted };
}

/** Decides a request's verdict. Anything but SECURE releases or fatal refusals is an ERROR. */
export function decideEnd(
  outcome: Outcome,
  refusals: readonly Refusal[],
  chosen: readonly Chosen[],
): { readonly status: Exclude<RequestStatus, 'CHECK'>; readonly cause?: string } {
  const refused = statusOfRefusals(refusals);
  if (refused === 'ERROR') {
    return { status: refused, cause: refusals.find(({ fatal }) => fatal)?.detail ?? 'the vetting failed' };
  }
  if (refused !== undefined) return { status: refused };
  if (outcome !== 'solved') return { status: 'ERROR', cause: 'the resolver found no solution and gave no reason' };
  const open = chosen.filter(({ record }) => record?.status !== 'SECURE');
  const failed = open.find(({ record }) => record?.status === 'ERROR') ?? open[0];
  if (failed === undefined) return { status: 'SECURE' };
  const { name, version } = failed.release;
  const cause = failed.record?.status === 'ERROR' ? failed.record.cause : undefined;
  if (cause !== undefined)
    return { status: 'ERROR', cause: cause.includes(name) ? cause : `${name} ${version}: ${cause}` };
  return {
    status: 'ERROR',
    cause: `the vetting of ${name} ${version} did not finish: its status is ${failed.record?.status ?? 'unknown'}`,
  };
}
