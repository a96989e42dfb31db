import type { Finding, Verdict } from '../../firewall/types.ts';
import { printable } from '../../printable.ts';
import type { Explanation } from '../../review/explain.ts';
import { releaseArgument } from '../../review/spec.ts';
import { describeApproval } from '../../vetting/approvals.ts';
import type { Approval } from '../../vetting/types.ts';
import { count } from '../messages.ts';
import type { Terminal } from '../terminal.ts';

const outcomes = { ALLOWED: 'may come in', HELD: 'is held', BLOCKED: 'is refused' } as const;

/** An explanation as people read it. `now` in epoch milliseconds. */
export function explainText(explanation: Explanation, now: number, { style }: Pick<Terminal, 'style'>): string {
  const { name, version, verdict, approvals, standing, wouldChange } = explanation;
  const colour = { ALLOWED: style.green, HELD: style.yellow, BLOCKED: style.red }[verdict.outcome];
  const what = style.bold(printable(version === null ? name : `${name} ${version}`));
  const sections = [
    [
      `${what} ${colour(outcomes[verdict.outcome])}: ${verdict.level}, score ${range(verdict.score)}${levelsText(explanation)}`,
      origin(explanation),
      ...recordLine(explanation),
    ],
    findingLines(verdict.findings, now),
    wouldChange.length === 0 ? [] : ['what would change it:', ...wouldChange.map((one) => `  ${printable(one)}`)],
    [passingLine(explanation)],
    approvals.length === 0 ? [] : ['what people decided:', ...approvals.map((one) => approvalLine(one, standing, now))],
    wayIn(explanation),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function range({ min, max }: Verdict['score']): string {
  return min === max ? `${max}` : `${min} to ${max}, as some signals are unknown`;
}

function levelsText({ levels }: Explanation): string {
  return levels === undefined ? '' : ` (Yellow from ${levels.yellow}, Red from ${levels.red})`;
}

function origin({ verdict, judgedAt, by }: Explanation): string {
  const where = by === 'record' ? 'as recorded' : 'on this machine, just now';
  return `judged ${judgedAt} under ${printable(verdict.policyVersion)}, ${where}`;
}

function recordLine({ record }: Explanation): string[] {
  if (record === undefined) return ['nothing on record: nobody had this release vetted to an end'];
  const cause = record.cause === undefined ? '' : `: ${printable(record.cause)}`;
  return [`on record as ${record.status} since ${record.updatedAt}${cause}`];
}

/** One line per rule and gate: what it counts, what was found, where and when. */
function findingLines(findings: readonly Finding[], now: number): string[] {
  const rows = findings.map((finding) => [
    weight(finding),
    printable(finding.asks ?? finding.text),
    shown(finding),
    printable(finding.note === undefined ? finding.source : `${finding.source}: ${finding.note}`),
    age(finding.fetchedAt, now),
  ]);
  return aligned([['points', 'rule', 'found', 'source', 'learned'], ...rows]);
}

function weight({ state, points, gate }: Finding): string {
  if (gate !== undefined) {
    if (state === 'quiet') return '-';
    return state === 'unknown' ? `${gate}s?` : `${gate}s`;
  }
  if (points === undefined) return state === 'fired' ? 'counts' : '-';
  if (state === 'fired') return `+${points}`;
  return state === 'unknown' ? `0..+${points}` : '0';
}

const maxValueLength = 60;

function shown({ state, value }: Finding): string {
  if (state === 'unknown' && (value === null || value === undefined)) return 'unknown';
  const text = printable(valueText(value));
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength - 1)}…` : text;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const members = value as Record<string, unknown>;
  if (typeof members.reach === 'string') return `${members.reach}: ${String(members.word)} in ${String(members.file)}`;
  if (typeof members.target === 'string') return `${members.target} (${String(members.confidence)})`;
  return JSON.stringify(value);
}

/** How long ago, roughly. */
function age(time: string, now: number): string {
  const seconds = Math.round((now - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 90) return `${Math.max(0, seconds)} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h ago` : `${Math.round(seconds / 86_400)} days ago`;
}

/** Columns as wide as their longest cell; the last is not filled up. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map(([first = '', ...rest]) =>
    `  ${first.padStart(widths[0] ?? 0)}  ${rest.map((cell, at) => cell.padEnd(widths[at + 1] ?? 0)).join('  ')}`.trimEnd(),
  );
}

function passingLine({ name, version: judged, passing }: Explanation): string {
  const { version, looked, why } = passing;
  if (why !== undefined) return `newest release that would pass: unknown, as ${why}`;
  if (version === null) return `newest release that would pass: none of the ${count(looked, 'newest release')}`;
  if (version === judged) return `newest release that would pass: ${version}, this one`;
  return `newest release that would pass: ${printable(version)} (awspip install ${releaseArgument({ name, version })})`;
}

function approvalLine(approval: Approval, standing: Approval | undefined, now: number): string {
  const { specifier, expiresAt, createdAt, id } = approval;
  const lapsed = expiresAt !== undefined && !(now < Date.parse(expiresAt));
  const state = lapsed ? 'lapsed' : id === standing?.id ? 'counts' : 'stands back';
  const end = expiresAt === undefined ? 'without an end' : `until ${expiresAt}`;
  return `  ${printable(`${specifier === '' ? 'every version' : specifier}  ${describeApproval(approval)}`)} (${createdAt}, ${end}; ${state})`;
}

/** The line to type for who may decide otherwise. */
function wayIn({ name, version, verdict, standing }: Explanation): string[] {
  if (standing?.kind === 'approve') return ['a person approved it: it comes in when it is asked for'];
  if (standing === undefined && verdict.outcome === 'ALLOWED') return [];
  return [`to let it in all the same: awspip approve ${releaseArgument({ name, version })} --reason "…"`];
}
