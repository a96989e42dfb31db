import { oneLine } from '../../printable.ts';
import type { ModeState } from '../../review/types.ts';
import type { PolicyNotes } from '../../vetting/policy-notes.ts';
import { localTime } from '../times.ts';

/** Returns the mode of a deployment, who set it, and until when. */
export function modeText({ set, observed, changed }: ModeState, now: number): string {
  const takesEffect = changed ? '\nThe next vetting uses it, within a minute on AWS.' : '';
  if (set !== undefined) {
    const end = set.until === undefined ? '' : ` until ${localTime(set.until, now)}`;
    const mode = set.mode === 'observe' ? observeMeaning : 'the policy is enforced';
    return `${mode}${end}, set by ${oneLine(set.by)} on ${localTime(set.at, now)}: ${oneLine(set.reason)}${takesEffect}\n`;
  }
  if (changed) return `the policy file decides${takesEffect}\n`;
  return `${observedText(observed, now) ?? 'the policy is enforced, as its file says'}\n`;
}

/** Returns the mode of a deployment for a list of other facts; undefined if the policy is enforced. */
export function modeLine({ set, observed }: ModeState, now: number): string | undefined {
  if (set === undefined) return observedText(observed, now);
  return set.mode === 'observe' ? observedText({ partly: false, until: set.until }, now) : undefined;
}

const observeMeaning = 'observe mode: what would be on hold or blocked is allowed and recorded';

/** Returns what the policy observes; undefined if it enforces everything. */
function observedText(observed: PolicyNotes['observed'], now: number): string | undefined {
  if (observed === undefined) return undefined;
  const part = observed.partly ? ' for some gates or names' : '';
  return `${observeMeaning}${part}${observed.until === undefined ? '' : ` until ${localTime(observed.until, now)}`}`;
}
