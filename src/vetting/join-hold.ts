import { createHash } from 'node:crypto';
import type { RequestContent, RequestRecord } from './types.ts';

/**
 * The input of an execution that only adds a requester to the holds of an ended request. Clients that joined another
 * requester's execution start it, because they may not write to the table.
 */
export type HoldJoin = {
  /** The ID of the request. */
  readonly joins: string;
  readonly requestedBy: string;
  readonly reason?: string | undefined;
};

/**
 * Returns the execution that adds a requester to the holds of a request, or undefined if the record has them already. The
 * name is the same for the same requester, so that a repetition starts nothing.
 */
export function holdJoin(
  { requestedBy, reason }: Pick<RequestContent, 'requestedBy' | 'reason'>,
  record: RequestRecord,
): { readonly name: string; readonly input: HoldJoin } | undefined {
  const isKnown = record.requestedBy === requestedBy && (reason === undefined || record.reason === reason);
  if (isKnown) return undefined;
  const { requestId, attempt } = record;
  const digest = createHash('sha256')
    .update(JSON.stringify([requestedBy, reason ?? null]))
    .digest('hex');
  return {
    name: `${requestId}-${attempt}-j${digest.slice(0, 12)}`,
    input: { joins: requestId, requestedBy, ...(reason !== undefined && { reason }) },
  };
}
