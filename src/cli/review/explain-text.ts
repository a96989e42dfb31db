import { pointsText } from '../../firewall/points-text.ts';
import type { Finding, RequiredBy, Verdict } from '../../firewall/types.ts';
import { satisfies } from '../../index/versions.ts';
import { oneLine } from '../../printable.ts';
import type { Explanation } from '../../review/explain.ts';
import { releaseArgument } from '../../review/spec.ts';
import type { Approval } from '../../vetting/types.ts';
import { hintLines } from '../hint-lines.ts';
import { levelAndScore, outcomeTexts, statusTexts } from '../messages.ts';
import type { Output } from '../terminal.ts';
import { age, localTime, withLocalTimes } from '../times.ts';
import { wrap } from '../wrap.ts';

/** Returns an explanation as people read it: what holds now comes first. `now` in epoch milliseconds. */
export function explainText(explanation: Explanation, now: number, output: Output): string {
  const { verdict, approvals } = explanation;
  const { style, columns } = output;
  const wouldChange = explanation.wouldChange.map((text) => withLocalTimes(text, now));
  const decisions = approvals.map((approval) => approvalText(approval, explanation, now));
  const sections = [
    internalLines(explanation, output),
    [...headline(explanation, now, output), ...originLines(explanation, now, output)],
    findingLines('Points', verdict.findings.filter(isRule), now, output),
    findingLines('Gates', verdict.findings.filter(isGate), now, output),
    section('Files that awspip hides', withheldTexts(explanation), output),
    section('What would change the verdict', wouldChange, output),
    section('Decisions', decisions, output),
    [wrap(newestAllowedText(explanation), columns, '  ')],
    contactLines(explanation),
    hintLines([approveHint(explanation)], style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Returns what a verdict means for an internal name: published releases are installed without one. */
function internalLines({ name, internal = false }: Explanation, { columns }: Output): string[] {
  if (!internal) return [];
  const text = `${oneLine(name)} is an internal name. What you publish under it needs no verdict; a release from elsewhere gets this one:`;
  return [wrap(text, columns, '  ')];
}

/** Returns what holds now. A person's decision outranks the policy, whose verdict follows. */
function headline(explanation: Explanation, now: number, { style, columns }: Output): string[] {
  const { name, version, verdict, record } = explanation;
  const release = style.bold(oneLine(version === null ? name : `${name} ${version}`));
  const inRepository = record?.status === 'SECURE' ? '; it is still in the vetted repository' : '';
  const decision = effectiveDecision(explanation);
  const judgement = judgementText(explanation);
  if (decision === undefined) {
    const colour = { ALLOWED: style.green, HELD: style.magenta, BLOCKED: style.red }[verdict.outcome];
    const outcome = colour(outcomeTexts[verdict.outcome]);
    const remains = verdict.outcome === 'ALLOWED' ? observedText(verdict) : inRepository;
    return [`${release} is ${outcome}${remains} (${judgement})`].map((line) => wrap(line, columns, '  '));
  }
  const { kind, owner, reason, expiresAt } = decision;
  const verb = kind === 'deny' ? style.red('denied') : style.green('approved');
  const end = expiresAt === undefined ? '' : ` until ${localTime(expiresAt, now)}`;
  const remains = kind === 'deny' ? inRepository : '';
  return [
    `${release} is ${verb} by ${oneLine(owner)}${end}: ${oneLine(reason)}${remains}`,
    `The policy's verdict is ${outcomeTexts[verdict.outcome]}${observedText(verdict)} (${judgement})`,
  ].map((line) => wrap(line, columns, '  '));
}

/** Returns what observe mode did not apply, as part of a sentence. */
export function observedText({ observed }: Pick<Verdict, 'observed'>): string {
  if (observed === undefined) return '';
  const reasons = observed.reasons.map(({ text }) => text).join(', ');
  return ` in observe mode; enforced, the policy's verdict would be ${outcomeTexts[observed.outcome]}: ${oneLine(reasons)}`;
}

/**
 * Returns the level and the score of a verdict. In observe mode, the level is that of the verdict that applies, and the
 * score that of the one that doesn't, so the level is left out.
 */
export function scoreOfVerdict({ level, score, observed }: Pick<Verdict, 'level' | 'score' | 'observed'>): string {
  return levelAndScore(observed === undefined ? level : undefined, score);
}

function withheldTexts({ withheld }: Explanation): string[] {
  return Object.entries(withheld).map(([filename, { status, reasons }]) => {
    const state = { BLOCKED: 'blocked', HELD: 'on hold', LATER: 'not inspected' }[status];
    const why = reasons.map((text) => text.replace(/^Install-time code: /, '')).join('; ');
    return `${filename} is ${state}${why === '' ? '' : `: ${why}`}`;
  });
}

/** Returns the decision that outranks the policy: an approval covers known malware only with `--even-malware`. */
function effectiveDecision({ standing, verdict }: Explanation): Approval | undefined {
  if (standing?.kind === 'approve' && standing.evenMalware !== true && isKnownMalware(verdict)) return undefined;
  return standing;
}

function isKnownMalware({ findings }: Explanation['verdict']): boolean {
  return findings.some(({ rule, state }) => rule === 'malware' && state === 'fired');
}

function judgementText({ verdict, levels }: Explanation): string {
  const bounds = levels === undefined ? '' : `; Yellow from ${levels.yellow}, Red from ${levels.red}`;
  return `${scoreOfVerdict(verdict)}${bounds}`;
}

function originLines(
  { verdict, judgedAt, by, record, requiredBy }: Explanation,
  now: number,
  { style, columns }: Output,
): string[] {
  const where = by === 'record' ? '' : ' on this machine';
  const judged = `judged ${localTime(judgedAt, now)}${where} by policy ${oneLine(verdict.policyVersion)}`;
  const cause = record?.cause === undefined ? '' : `: ${oneLine(record.cause)}`;
  const recorded =
    record === undefined
      ? 'not on record'
      : `on record as ${statusTexts[record.status]} since ${localTime(record.updatedAt, now)}${cause}`;
  const needed =
    requiredBy.length === 0 ? [] : [`needed by ${requiredBy.slice(0, maxNeeding).map(needingText).join(', ')}`];
  return [judged, recorded, ...needed].map((line) => style.dim(wrap(line, columns, '  ')));
}

const maxNeeding = 5;

const needingText = ({ name, version, rank }: RequiredBy): string =>
  oneLine(`${name} ${version} (${rank === null ? 'not ranked' : `rank ${rank}`})`);

const isRule = ({ gate, points }: Finding): boolean => gate === undefined && points !== undefined;
const isGate = (finding: Finding): boolean => !isRule(finding);

/** Returns a block of lines for each finding: weight, rule and value, then source and age. */
function findingLines(title: string, findings: readonly Finding[], now: number, { style, columns }: Output): string[] {
  if (findings.length === 0) return [];
  const weights = findings.map(weightOf);
  const width = Math.max(...weights.map((text) => text.length));
  const indent = ' '.repeat(width + 4);
  const blocks = findings.flatMap((finding, index) => {
    const { asks, text, note, source, fetchedAt } = finding;
    const rule = `  ${(weights[index] ?? '').padStart(width)}  ${oneLine(asks ?? text)}: ${signalText(finding, now)}`;
    const origin = `${indent}${oneLine(note === undefined ? source : `${source}: ${note}`)}, ${age(fetchedAt, now)}`;
    return [wrap(rule, columns, indent), style.dim(wrap(origin, columns, indent))];
  });
  return [style.bold(title), ...blocks];
}

/** Returns what a finding adds or does. */
export function weightOf({ state, points, gate }: Finding): string {
  if (gate !== undefined) {
    if (state === 'quiet') return 'passes';
    const effect = gate === 'block' ? 'blocks' : 'holds';
    return state === 'unknown' ? `${effect}?` : effect;
  }
  if (points === undefined) return state === 'fired' ? 'counts' : 'passes';
  if (state === 'fired') return pointsText(points);
  if (state === 'quiet') return '0';
  return points < 0 ? `${points}..0` : `0..+${points}`;
}

const maxValueLength = 60;

/** Returns the value of a finding. */
export function signalText({ state, value }: Finding, now: number): string {
  if (value === null || (state === 'unknown' && value === undefined)) return 'unknown';
  const text = oneLine(valueText(value, now));
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength - 1)}…` : text;
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** Returns a recorded value as people read it. */
export function valueText(value: unknown, now: number): string {
  if (typeof value === 'string' && isoTime.test(value)) return localTime(value, now);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => valueText(item, now)).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const members = value as Record<string, unknown>;
  if (typeof members.reach === 'string') return `${members.reach}: ${String(members.word)} in ${String(members.file)}`;
  if (typeof members.target === 'string') return `${members.target} (${String(members.confidence)})`;
  if (typeof members.state === 'string' && 'declared' in members) {
    return members.declared === null ? members.state : `${String(members.declared)} (${members.state})`;
  }
  return JSON.stringify(value);
}

function section(title: string, items: readonly string[], { style, columns }: Output): string[] {
  if (items.length === 0) return [];
  return [style.bold(title), ...items.map((item) => wrap(`  ${oneLine(item)}`, columns, '    '))];
}

function newestAllowedText({ name, version: judged, passing }: Explanation): string {
  const { version, looked, why } = passing;
  if (why !== undefined) return `The newest allowed version is unknown: ${oneLine(why)}`;
  if (version === null && looked === 0) return 'The index lists no version';
  if (version === null && looked === 1) return 'The only listed version is not allowed';
  if (version === null) return `None of the ${looked} newest versions is allowed`;
  if (version === judged) return `${oneLine(version)} is the newest allowed version`;
  return `${oneLine(version)} is the newest allowed version: \`awspip install ${releaseArgument({ name, version })}\``;
}

function approvalText(approval: Approval, explanation: Explanation, now: number): string {
  const { specifier, kind, owner, reason, expiresAt, createdAt, evenMalware } = approval;
  const versions = specifier === '' ? 'every version' : specifier;
  const malware = kind === 'approve' && evenMalware === true ? ', even as malware' : '';
  const decision = `${versions} ${kind === 'approve' ? 'approved' : 'denied'}${malware} by ${owner}: ${reason}`;
  const expired = isExpired(approval, now);
  const end = expiresAt === undefined ? 'no end' : `${expired ? 'ended' : 'ends'} ${localTime(expiresAt, now)}`;
  return `${decision} (${decisionState(approval, explanation, now)}; made ${localTime(createdAt, now)}; ${end})`;
}

function isExpired({ expiresAt }: Approval, now: number): boolean {
  return expiresAt !== undefined && !(now < Date.parse(expiresAt));
}

function decisionState(approval: Approval, explanation: Explanation, now: number): string {
  const { version, standing } = explanation;
  const { id, specifier } = approval;
  if (isExpired(approval, now)) return 'expired';
  if (id === standing?.id) return effectiveDecision(explanation) === undefined ? 'does not cover malware' : 'in force';
  const isAbout = specifier === '' || version === null || satisfies(version, specifier, { prereleases: true });
  return isAbout ? 'superseded' : 'about other versions';
}

function contactLines(explanation: Explanation): string[] {
  const { contact } = explanation;
  return contact === undefined || isAllowed(explanation) ? [] : [`Contact for holds and blocks: ${oneLine(contact)}`];
}

function isAllowed(explanation: Explanation): boolean {
  const decision = effectiveDecision(explanation);
  return decision === undefined ? explanation.verdict.outcome === 'ALLOWED' : decision.kind === 'approve';
}

/**
 * Returns the hint for approvers. Known malware gets none, because a copied line must not allow it. An internal name gets
 * none, because only a publication makes it installable.
 */
function approveHint(explanation: Explanation): string | undefined {
  const { name, version, verdict, internal = false } = explanation;
  if (internal || isAllowed(explanation) || isKnownMalware(verdict)) return undefined;
  return `approvers can allow it: \`awspip approve ${releaseArgument({ name, version })} --reason "…"\``;
}
