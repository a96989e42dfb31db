import type { PolicyNotes } from '../../vetting/policy-notes.ts';
import type { ListEntry } from './lists.ts';
import { label } from './queue-list.tsx';
import { shownText } from './shown-text.ts';
import { reasonTemplates } from './templates.ts';

type FormProps = {
  entry: ListEntry;
  token: string;
  /** The address to return to. */
  back: string;
  /** What was typed into a form that was rejected. */
  typed: Readonly<Record<string, string>>;
};

/** The form for a decision about the release of the card, and about those that are checked in the list. */
export function DecideForm({ entry, token, back, typed, notes }: FormProps & { notes: PolicyNotes }) {
  return (
    <form id="decide" class="decide" method="post" action="decide">
      <h3>Decide</h3>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="back" value={back} />
      <input type="hidden" name="spec" value={entry.spec} />
      <fieldset>
        <legend>
          About {shownText(label(entry), 80)} <span id="checked">and the releases that are checked in the list</span>
        </legend>
        {(['approve', 'deny'] as const).map((kind) => (
          <label>
            <input type="radio" name="kind" value={kind} required checked={typed.kind === kind} />{' '}
            {kind === 'approve' ? 'Approve' : 'Deny'}
          </label>
        ))}
      </fieldset>
      <label for="reason">Reason, kept in the record</label>
      <textarea id="reason" name="reason" rows={2} maxlength={500} required>
        {typed.reason ?? ''}
      </textarea>
      <div class="templates">
        {(['approve', 'deny'] as const).flatMap((kind) =>
          reasonTemplates[kind].map((text) => (
            <button type="button" data-kind={kind} data-reason={text}>
              {kind === 'approve' ? 'Approve' : 'Deny'}: {text.trim()}…
            </button>
          )),
        )}
      </div>
      <label for="days">Days from now; empty: {expiryText(notes)}</label>
      <input id="days" name="days" inputmode="numeric" pattern="\d{1,4}" maxlength={4} value={typed.days ?? ''} />
      {entry.item?.isMalware === true ? (
        <label>
          <input type="checkbox" name="evenMalware" value="yes" /> An advisory reports malware; approve it nevertheless
        </label>
      ) : null}
      <button type="submit" class="main">
        Record the decision
      </button>
    </form>
  );
}

/** Returns when a decision ends if nobody says it. */
function expiryText({ approvals: { days, maxDays } }: PolicyNotes): string {
  const usual = days ?? maxDays;
  const approval = usual === undefined ? 'no end' : `${usual} days for an approval, no end for a denial`;
  return days !== undefined && maxDays !== undefined ? `${approval}; at most ${maxDays} for an approval` : approval;
}

/** The form for people who may not decide: asks for the release with a reason. */
export function RequestForm({ entry, token, back, typed }: FormProps) {
  return (
    <form id="request" class="decide" method="post" action="request">
      <h3>Request</h3>
      <p>Your credentials may not decide. You can ask the approvers for this release.</p>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="back" value={back} />
      <input type="hidden" name="spec" value={entry.spec} />
      <label for="reason">What you need it for; approvers read it</label>
      <textarea id="reason" name="reason" rows={2} maxlength={500} required>
        {typed.reason ?? ''}
      </textarea>
      <button type="submit" class="main">
        Request {shownText(label(entry), 80)}
      </button>
    </form>
  );
}
