import { isCurrent } from '../firewall/lists.ts';
import type { PolicyNotes } from '../vetting/policy-notes.ts';
import type { PolicySwitch } from '../vetting/policy-switch.ts';
import { type EndFlags, expiryOf } from './decide.ts';
import { readReason } from './spec.ts';
import type { ModeState, Records } from './types.ts';

type ModeChange = EndFlags & { readonly mode: PolicySwitch['mode']; readonly reason?: string | undefined };

type Ports = {
  readonly records: Pick<Records, 'policySwitch' | 'putPolicySwitch' | 'policyNotes' | 'putAudit' | 'actor'>;
  readonly userName: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** For the entry of the audit log. */
  readonly id: string;
};

/** Observe mode that nobody ends ends by itself. */
const observeDays = 14;

/** Reads the mode of a deployment. `now` is in epoch milliseconds. */
export async function readModeState(
  records: Pick<Records, 'policySwitch' | 'policyNotes'>,
  now: number,
): Promise<ModeState> {
  const [set, notes] = await Promise.all([records.policySwitch(), records.policyNotes()]);
  return { set: inForce(set, now), observed: observedNow(notes, set, now), changed: false };
}

/**
 * Sets the mode of a deployment, after its entry in the audit log.
 *
 * @throws AwspipError `reason-missing`, `until-invalid` or `days-invalid` (64)
 */
export async function setMode(change: ModeChange, { records, userName, now, id }: Ports): Promise<ModeState> {
  const before = await records.policySwitch();
  const { mode } = change;
  const terms = { days: mode === 'observe' ? observeDays : undefined, selfApproval: true };
  const until = expiryOf('approve', change, terms, now);
  const at = new Date(now).toISOString();
  const after: PolicySwitch = { mode, until, reason: readReason(change.reason ?? ''), by: userName, at };
  await records.putAudit({ id, at, actor: await records.actor(), kind: 'mode', before: before ?? null, after });
  await records.putPolicySwitch(after);
  return { set: inForce(after, now), observed: undefined, changed: true };
}

/** Returns what the notes say, unless they are older than the last switch or their time has passed. */
function observedNow(
  { observed, at }: PolicyNotes,
  set: PolicySwitch | undefined,
  now: number,
): PolicyNotes['observed'] {
  const isOld = set !== undefined && (at === undefined || at < set.at);
  return observed === undefined || isOld || !isCurrent(observed, now) ? undefined : observed;
}

function inForce(set: PolicySwitch | undefined, now: number): PolicySwitch | undefined {
  return set === undefined || set.mode === 'file' || !isCurrent(set, now) ? undefined : set;
}
