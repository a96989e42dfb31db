import * as v from 'valibot';
import type { HoldJoin } from '../vetting/join-hold.ts';
import type { WorkflowPorts } from './ports.ts';
import { recordHolds } from './record-holds.ts';

const schema = v.object({
  joins: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  requestedBy: v.pipe(v.string(), v.maxLength(300)),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
});

/** Returns the input of an execution that adds a requester to holds; undefined for any other input. */
export function readHoldJoin(input: unknown): HoldJoin | undefined {
  const result = v.safeParse(schema, input);
  return result.success ? result.output : undefined;
}

/** Adds a requester to the holds of an ended request. */
export async function joinHolds(
  { store }: Pick<WorkflowPorts, 'store'>,
  { joins, requestedBy, reason }: HoldJoin,
): Promise<void> {
  const record = await store.readRequest(joins, { consistent: true });
  if (record === undefined) return;
  await recordHolds({ store }, { ...record, requestedBy, reason }, record.refusals);
}
