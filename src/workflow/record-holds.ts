import { mapConcurrently } from '../map-concurrently.ts';
import type { HoldRequest, PathRelease } from '../vetting/hold.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { Refusal, RequestRecord, RequestRelease } from '../vetting/types.ts';
import { truncate } from './refusals.ts';

const parallel = 8;
const maxRoots = 4;

/** The request whose refusals are recorded. */
type Requester = Pick<RequestRecord, 'requestId' | 'roots' | 'requestedBy' | 'reason'>;

/**
 * Adds the request to the hold of every release that stops it, for the people who decide. A release in whose place the
 * resolver chose another one stops nothing.
 */
export async function recordHolds(
  { store }: { readonly store: Pick<VettingStore, 'recordHold' | 'requestReleases'> },
  request: Requester & { readonly execution: string },
  refusals: readonly Refusal[],
): Promise<void> {
  if (!refusals.some(isHold)) return;
  // The last round has no solution. The earlier ones know which releases need a refused one.
  const releases = await store.requestReleases(request.requestId);
  const chosen = releases.filter(({ execution }) => execution === request.execution);
  const requests = holdRequests(request, refusals, chosen);
  await mapConcurrently([...requests], parallel, (hold) => store.recordHold(hold));
}

/** Returns the holds that the refusals of a request make, one for each release. */
export function holdRequests(
  { requestId, roots, requestedBy, reason }: Requester,
  refusals: readonly Refusal[],
  chosen: readonly RequestRelease[],
): readonly HoldRequest[] {
  const found = new Map<string, HoldRequest>();
  for (const refusal of refusals) {
    if (!isHold(refusal)) continue;
    const { name, version, kind, reasons, similarPackages } = refusal;
    if (found.has(`${name}#${version ?? ''}`)) continue;
    const { riskLevel, score, heldUntil, unknownSources, instead, detail } = refusal;
    found.set(`${name}#${version ?? ''}`, {
      ...{ name, version, kind, riskLevel, score, heldUntil, unknownSources, instead },
      detail: detail === undefined ? undefined : truncate(detail, 300),
      reasons: reasons.slice(0, 20).map(({ text, points }) => ({ text: truncate(text, 240), points })),
      similarPackages: similarPackages.slice(0, 5),
      requester: {
        by: truncate(requestedBy, 100),
        requestIds: requestId === '' ? [] : [requestId],
        roots: roots.slice(0, maxRoots).map((root) => truncate(root, 80)),
        neededBy: neededBy(refusal, chosen),
        reason,
      },
    });
  }
  return [...found.values()];
}

type HoldRefusal = Refusal & { readonly kind: 'BLOCKED' | 'HELD' };

const isHold = (refusal: Refusal): refusal is HoldRefusal =>
  refusal.fatal && (refusal.kind === 'BLOCKED' || refusal.kind === 'HELD');

/** Returns the releases that need a refused one, nearest first. The resolver may know only the requested project. */
function neededBy(refusal: Refusal, chosen: readonly RequestRelease[]): readonly PathRelease[] {
  const own = chosen.find((release) => release.name === refusal.name && release.version === refusal.version);
  const known = own?.requiredBy ?? [];
  if (known.length > 0) return known.slice(0, 5);
  return refusal.neededBy === undefined ? [] : [{ name: refusal.neededBy }];
}
