import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { oneLine } from '../printable.ts';
import { coversVersion } from '../vetting/approvals.ts';
import type { AuditActor } from '../vetting/audit.ts';
import type { Hold } from '../vetting/hold.ts';
import type { PolicyNotes } from '../vetting/policy-notes.ts';
import type { Approval, ReleaseRecord } from '../vetting/types.ts';
import { decisionsInForce, isMalwareReason } from './queue.ts';
import { readUntil, type Spec, shellQuote } from './spec.ts';
import type { Records } from './types.ts';

const dayMilliseconds = 86_400_000;

/** The end of a decision, as it was typed. */
export type EndFlags = { readonly until?: string | undefined; readonly days?: string | undefined };

/**
 * Returns the expiry of a decision in ISO 8601; undefined for none. The policy sets the default and the longest duration
 * of approvals. A denial has no end unless one is given. `now` is in epoch milliseconds.
 *
 * @throws AwspipError `until-invalid`, `days-invalid` or `approval-too-long` (64)
 */
export function expiryOf(
  kind: Approval['kind'],
  { until, days }: EndFlags,
  { days: defaultDays, maxDays }: PolicyNotes['approvals'],
  now: number,
): string | undefined {
  if (until !== undefined && days !== undefined) throw invalidDays('`--until` and `--days` contradict each other');
  const given =
    until !== undefined ? readUntil(until, now) : days === undefined ? undefined : afterDays(readDays(days), now);
  if (kind === 'deny') return given;
  const fallback = defaultDays ?? maxDays;
  const end = given ?? (fallback === undefined ? undefined : afterDays(fallback, now));
  // A last day counts as a whole, so it may end up to a day later.
  const latest =
    maxDays === undefined
      ? Number.POSITIVE_INFINITY
      : now + (maxDays + (until === undefined ? 0 : 1)) * dayMilliseconds;
  if (end !== undefined && Date.parse(end) > latest) {
    throw new AwspipError('approval-too-long', `the policy limits approvals to ${maxDays} days`, {
      exit: 'usage',
      hint: `give an earlier end: \`--days ${maxDays}\``,
    });
  }
  return end;
}

const afterDays = (days: number, now: number): string => new Date(now + days * dayMilliseconds).toISOString();

function readDays(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 3_650) return Number(text);
  throw invalidDays(`\`${oneLine(text).slice(0, 50)}\` is not a number of days from 1 to 3650`);
}

const invalidDays = (message: string): AwspipError =>
  new AwspipError('days-invalid', message, { exit: 'usage', hint: 'give one of `--until 2027-01-31` and `--days 90`' });

/** What is known about a project before a decision about it. */
export type DecisionContext = {
  readonly holds: readonly Hold[];
  readonly releases: readonly ReleaseRecord[];
  readonly approvals: readonly Approval[];
};

/** Reads what is known about the projects of decisions, each once. */
export async function readContexts(
  records: Pick<Records, 'holdsOf' | 'releasesOf' | 'approvalsOf'>,
  specs: readonly Spec[],
): Promise<ReadonlyMap<ProjectName, DecisionContext>> {
  const names = [...new Set(specs.map(({ name }) => name))];
  const contexts = await mapConcurrently(names, 8, async (name) => {
    const [holds, releases, approvals] = await Promise.all([
      records.holdsOf(name),
      records.releasesOf(name),
      records.approvalsOf(name),
    ]);
    return [name, { holds, releases, approvals }] as const;
  });
  return new Map(contexts);
}

/**
 * Refuses an approval that the policy forbids or that would be void: of what the approver asked for, and of known malware
 * without `--even-malware`. If it also covers other refused releases, it is accepted, and the result has the versions that
 * it does not cover.
 *
 * @throws AwspipError `self-approval` or `approval-of-malware` (10)
 */
export function requireAllowed(
  spec: Spec,
  { holds, releases }: DecisionContext,
  {
    userName,
    selfApproval,
    evenMalware,
  }: { readonly userName: string; readonly selfApproval: boolean; readonly evenMalware: boolean },
): readonly string[] {
  const covered = holds.filter(({ version }) => version === null || coversVersion(spec.specifier, version));
  const text = shellQuote(`${spec.name}${spec.specifier}`);
  if (!selfApproval && covered.some(({ requesters }) => requesters.some(({ by }) => isSamePerson(by, userName)))) {
    throw new AwspipError('self-approval', `you asked for ${text} yourself, and the policy forbids to approve that`, {
      exit: 'blocked',
      hint: `ask another approver to run \`awspip approve ${text} --reason "…"\``,
    });
  }
  if (evenMalware) return [];
  const blocked = releases.filter(({ status }) => status === 'BLOCKED' || status === 'HELD');
  const refused = [...covered, ...blocked.filter(({ version }) => coversVersion(spec.specifier, version))];
  const reasonOf = ({ reasons = [] }: (typeof refused)[number]) => reasons.find(({ text }) => isMalwareReason(text));
  const malware = refused.filter((release) => reasonOf(release) !== undefined);
  const [first] = malware;
  if (first !== undefined && malware.length === refused.length) throw malwareError(spec, reasonOf(first)?.text ?? '');
  return [...new Set(malware.flatMap(({ version }) => version ?? []))];
}

/** Returns the error for an approval that known malware would make void. */
export function malwareError({ name, specifier }: Spec, reason: string): AwspipError {
  const text = shellQuote(`${name}${specifier}`);
  return new AwspipError('approval-of-malware', `${text} is not approved: ${oneLine(reason)}`, {
    exit: 'blocked',
    hint: `read the advisory with \`awspip explain ${text}\`; \`--even-malware\` approves it nevertheless`,
  });
}

/** Compares the names of users. The same person may use several machines. */
function isSamePerson(one: string, other: string): boolean {
  const nameOf = (text: string) => text.replace(/@.*$/s, '');
  return nameOf(one) === nameOf(other);
}

/**
 * Writes a decision, after its entry in the audit log: a decision without an entry must not exist. Should the second write
 * fail, the entry names a decision that the project's items do not have.
 */
export async function recordDecision(
  records: Pick<Records, 'putAudit' | 'putApproval'>,
  approval: Approval,
  { approvals, actor }: { readonly approvals: readonly Approval[]; readonly actor: AuditActor },
): Promise<void> {
  const now = Date.parse(approval.createdAt);
  const before = decisionsInForce(approvals, { now }).find(({ specifier }) => specifier === approval.specifier) ?? null;
  await records.putAudit({ id: approval.id, at: approval.createdAt, actor, kind: 'decision', before, after: approval });
  await records.putApproval(approval);
}
