import type { Finding } from '../../firewall/types.ts';
import { oneLine, printable } from '../../printable.ts';
import type { Explanation } from '../../review/explain.ts';
import { releaseArgument } from '../../review/spec.ts';
import type { Approval } from '../../vetting/types.ts';
import { count, range, statusTexts } from '../messages.ts';
import { hintLines } from '../present-error.ts';
import type { Terminal } from '../terminal.ts';
import { age, localTime } from '../times.ts';
import { wrap } from '../wrap.ts';

type Output = Pick<Terminal, 'style' | 'columns'>;

/** Returns an explanation as people read it: the effective answer first. `now` in epoch milliseconds. */
export function explainText(explanation: Explanation, now: number, output: Output): string {
  const { verdict, approvals, standing, wouldChange } = explanation;
  const { style, columns } = output;
  const sections = [
    [...headline(explanation, now, output), ...originLines(explanation, now, output)],
    findingLines('Points', verdict.findings.filter(isRule), now, output),
    findingLines('Gates', verdict.findings.filter(isGate), now, output),
    section('What would change the verdict', wouldChange, output),
    section(
      'Decisions',
      approvals.map((one) => approvalText(one, standing, now)),
      output,
    ),
    [wrap(passingText(explanation), columns, '  ')],
    hintLines([approveHint(explanation)], style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const verdictTexts = { ALLOWED: 'allowed', HELD: 'on hold', BLOCKED: 'blocked' } as const;

/** Returns what holds now. A person's decision outranks the policy, whose verdict follows. */
function headline(explanation: Explanation, now: number, { style, columns }: Output): string[] {
  const { name, version, verdict, standing, record } = explanation;
  const release = style.bold(printable(version === null ? name : `${name} ${version}`));
  const inRepository = record?.status === 'SECURE' ? '; it is still in the vetted repository' : '';
  if (standing === undefined) {
    const colour = { ALLOWED: style.green, HELD: style.magenta, BLOCKED: style.red }[verdict.outcome];
    const kept = verdict.outcome === 'ALLOWED' ? '' : inRepository;
    return [
      wrap(
        `${release} is ${colour(verdictTexts[verdict.outcome])}${kept} (${judgementText(explanation)})`,
        columns,
        '  ',
      ),
    ];
  }
  const denied = standing.kind === 'deny';
  const colour = denied ? style.red : style.green;
  const who = `${colour(denied ? 'denied' : 'approved')} by ${printable(standing.owner)}`;
  const end = standing.expiresAt === undefined ? '' : ` until ${localTime(standing.expiresAt, now)}`;
  return [
    wrap(`${release} is ${who}${end}: ${oneLine(standing.reason)}${denied ? inRepository : ''}`, columns, '  '),
    wrap(`The policy's verdict is ${verdictTexts[verdict.outcome]} (${judgementText(explanation)})`, columns, '  '),
  ];
}

function judgementText({ verdict, levels }: Explanation): string {
  const bounds = levels === undefined ? '' : `; Yellow from ${levels.yellow}, Red from ${levels.red}`;
  return `${verdict.level}, score ${range(verdict.score)}${bounds}`;
}

function originLines(
  { verdict, judgedAt, by, record }: Explanation,
  now: number,
  { style, columns }: Output,
): string[] {
  const where = by === 'record' ? '' : ' on this machine';
  const judged = `judged ${localTime(judgedAt, now)}${where} by policy ${printable(verdict.policyVersion)}`;
  const cause = record?.cause === undefined ? '' : `: ${oneLine(record.cause)}`;
  const recorded =
    record === undefined
      ? 'not on record'
      : `on record as ${statusTexts[record.status]} since ${localTime(record.updatedAt, now)}${cause}`;
  return [judged, recorded].map((line) => style.dim(wrap(line, columns, '  ')));
}

const isRule = ({ gate, points }: Finding): boolean => gate === undefined && points !== undefined;
const isGate = (finding: Finding): boolean => !isRule(finding);

/** Returns a block of two or three lines for each finding: weight, rule and value; then source and age. */
function findingLines(title: string, findings: readonly Finding[], now: number, { style, columns }: Output): string[] {
  if (findings.length === 0) return [];
  const weights = findings.map(weight);
  const width = Math.max(...weights.map((text) => text.length));
  const indent = ' '.repeat(width + 4);
  const blocks = findings.flatMap((finding, index) => {
    const rule = `  ${(weights[index] ?? '').padStart(width)}  ${printable(finding.asks ?? finding.text)}: ${shown(finding)}`;
    const note = finding.note === undefined ? '' : `: ${oneLine(finding.note)}`;
    const source = `${indent}${printable(finding.source)}${note}, ${age(finding.fetchedAt, now)}`;
    return [wrap(rule, columns, indent), style.dim(wrap(source, columns, indent))];
  });
  return [style.bold(title), ...blocks];
}

function weight({ state, points, gate }: Finding): string {
  if (gate !== undefined) {
    if (state === 'quiet') return 'passes';
    const effect = gate === 'block' ? 'blocks' : 'holds';
    return state === 'unknown' ? `${effect}?` : effect;
  }
  if (points === undefined) return state === 'fired' ? 'counts' : 'passes';
  if (state === 'fired') return `+${points}`;
  return state === 'unknown' ? `0..+${points}` : '0';
}

const maxValueLength = 60;

function shown({ state, value }: Finding): string {
  if (state === 'unknown' && (value === null || value === undefined)) return 'unknown';
  const text = oneLine(valueText(value));
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

function section(title: string, items: readonly string[], { style, columns }: Output): string[] {
  if (items.length === 0) return [];
  return [style.bold(title), ...items.map((item) => wrap(`  ${oneLine(item)}`, columns, '    '))];
}

function passingText({ name, version: judged, passing }: Explanation): string {
  const { version, looked, why } = passing;
  if (why !== undefined) return `The newest allowed version is unknown: ${oneLine(why)}`;
  if (version === null) return `None of the ${count(looked, 'newest version')} is allowed`;
  if (version === judged) return `${version} is the newest allowed version`;
  return `${printable(version)} is the newest allowed version: \`awspip install ${releaseArgument({ name, version })}\``;
}

function approvalText(approval: Approval, standing: Approval | undefined, now: number): string {
  const { specifier, kind, owner, reason, expiresAt, createdAt, id } = approval;
  const expired = expiresAt !== undefined && !(now < Date.parse(expiresAt));
  const state = expired ? 'expired' : id === standing?.id ? 'in force' : 'superseded';
  const end = expiresAt === undefined ? 'no end' : `${expired ? 'ended' : 'ends'} ${localTime(expiresAt, now)}`;
  const versions = specifier === '' ? 'every version' : specifier;
  const what = `${versions} ${kind === 'approve' ? 'approved' : 'denied'} by ${owner}: ${reason}`;
  return `${what} (${state}; made ${localTime(createdAt, now)}; ${end})`;
}

function approveHint({ name, version, verdict, standing }: Explanation): string | undefined {
  if (standing?.kind === 'approve') return undefined;
  if (standing === undefined && verdict.outcome === 'ALLOWED') return undefined;
  return `approvers can allow it: \`awspip approve ${releaseArgument({ name, version })} --reason "…"\``;
}
