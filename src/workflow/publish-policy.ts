import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isCurrent } from '../firewall/lists.ts';
import { type Policy, policyVersion } from '../firewall/policy.ts';
import type { AuditActor } from '../vetting/audit.ts';
import type { PolicyState } from '../vetting/policy-notes.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import { policyChanges } from './policy-changes.ts';

type Ports = {
  readonly store: Pick<VettingStore, 'policyNotes' | 'putPolicyNotes' | 'policyState' | 'putPolicyState' | 'putAudit'>;
  /** Where the policy comes from. Who wrote it there, the workflow does not know. */
  readonly actor: AuditActor;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** An item of DynamoDB holds 400 KB. */
const maxTextBytes = 300_000;

/**
 * Writes what clients need to know of the policy in force, and an entry of the audit log if it is another policy than
 * before.
 */
export async function publishPolicy(policy: Policy, { store, actor, now }: Ports): Promise<void> {
  const { contact, approvals, mode, observe } = policy;
  const indexes = policy.indexes
    .filter(({ problem }) => problem === undefined)
    .map(({ url, names }) => ({ url, names }));
  const isObserved = mode === 'observe' && (observe === undefined || isCurrent(observe, now()));
  const partly = observe?.gates !== undefined || observe?.names !== undefined;
  const observed = isObserved ? { partly, until: observe?.until } : undefined;
  const notes = { indexes, contact, approvals, observed };
  const [{ at: _, ...known }, before] = await Promise.all([store.policyNotes(), store.policyState()]);
  if (!isDeepStrictEqual(known, notes)) await store.putPolicyNotes(notes);
  const after = stateOf(policy);
  if (before?.digest !== after.digest) {
    const at = new Date(now()).toISOString();
    await store.putAudit({
      ...{ id: `policy-${after.digest.slice(0, 8)}`, at, actor, kind: 'policy' },
      before: before === undefined ? null : { version: before.version },
      after: { version: after.version },
      changes: before === undefined ? [] : changesOf(before, policy),
    });
    await store.putPolicyState(after);
  }
}

function stateOf(policy: Policy): PolicyState {
  const text = JSON.stringify(policy);
  const digest = createHash('sha256').update(text).digest('hex');
  return { version: policyVersion(policy), digest, ...(Buffer.byteLength(text) <= maxTextBytes && { text }) };
}

function changesOf({ text }: PolicyState, policy: Policy): readonly string[] {
  if (text === undefined) return ['the former policy is too large to compare'];
  return policyChanges(JSON.parse(text), policy);
}
