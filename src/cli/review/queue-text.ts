import { pointsText } from '../../firewall/points-text.ts';
import { oneLine } from '../../printable.ts';
import { type HistoryEvent, isDecided, type QueueItem } from '../../review/queue.ts';
import { releaseArgument } from '../../review/spec.ts';
import type { PathRelease } from '../../vetting/hold.ts';
import type { Approval } from '../../vetting/types.ts';
import { count, levelAndScore, list, statusTexts } from '../messages.ts';
import type { Output } from '../terminal.ts';
import { localTime } from '../times.ts';
import { wrap } from '../wrap.ts';
import { omittedLines, pageOf } from './paging.ts';

/** What `awspip holds` prints. */
export type HoldsView = {
  readonly items: readonly QueueItem[];
  readonly complete: boolean;
  /** The most items of each section. */
  readonly limit: number;
  /** The command line that was typed, for the one that shows more. */
  readonly command: string;
  /** Whom to ask about holds and blocks. */
  readonly contact?: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** How old a decision is that the list still shows if it shows only a part. */
const recentMilliseconds = 7 * 86_400_000;

/** Returns the queue: what needs a decision, what ends by itself, and what was decided, each the oldest first. */
export function holdsText({ items, complete, limit, command, contact, now }: HoldsView, output: Output): string {
  const { style } = output;
  const undecided = items.filter(({ state }) => state === 'undecided');
  const byAge = items.filter(({ state }) => state === 'waiting' || state === 'ended');
  const decided = items.filter(isDecided).toReversed();
  const isRecent = ({ lastAt, decision }: QueueItem) =>
    Date.parse(decision?.createdAt ?? lastAt) > now - recentMilliseconds;
  const shownDecided = limit === Number.POSITIVE_INFINITY ? decided : decided.filter(isRecent);
  const section = (title: string, all: readonly QueueItem[], count: number): readonly string[] => {
    const { shown } = pageOf(all, limit);
    if (count === 0) return [];
    return [
      style.bold(`${title} (${count})`),
      ...shown.map((item) => itemText(item, now, output)),
      ...omittedLines(count - shown.length, `${command} --all`).map((line) => `  ${line}`),
      '',
    ];
  };
  const lines = [
    ...(undecided.length === 0 ? [style.bold('Waiting for a decision'), '  none', ''] : []),
    ...section('Waiting for a decision', undecided, undecided.length),
    ...section('On hold for their age', byAge, byAge.length),
    ...section('Decided', shownDecided, decided.length),
    ...(contact === undefined ? [] : [`contact for holds and blocks: ${oneLine(contact)}`, '']),
    ...(complete ? [] : ['the table has more entries than were read; narrow the list with `--name`', '']),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const stateTexts = { approved: 'approved', denied: 'denied', vetted: 'vetted' } as const;

/** Returns one release of the queue as several lines. */
export function itemText(item: QueueItem, now: number, { style, columns }: Output): string {
  const { name, version, kind, riskLevel, score, reasons, detail, instead, since, earlierDecisions, state } = item;
  const colour = kind === 'HELD' ? style.magenta : style.red;
  const verdict = kind === 'HELD' ? 'on hold' : 'blocked';
  const level =
    riskLevel === undefined || score === undefined || score.max === 0 ? '' : ` (${levelAndScore(riskLevel, score)})`;
  const isKnownState = state === 'approved' || state === 'denied' || state === 'vetted';
  const asked = localTime(since, now);
  const headline = isKnownState
    ? `${stateTexts[state]}, asked for ${asked}`
    : `${colour(verdict)}${level}, since ${asked}`;
  const line = (text: string) => wrap(`    ${text}`, columns, '      ');
  const facts = [
    ...(item.decision === undefined ? [] : [decisionText(item.decision, now)]),
    ...reasons.map(({ text, points }) => `${points === undefined ? '' : `${pointsText(points)}  `}${oneLine(text)}`),
    ...(detail === undefined ? [] : [oneLine(detail)]),
    ...(item.isObserved === true ? ['allowed in observe mode, so it can be installed'] : []),
    ...endTexts(item, now),
    ...(instead === undefined ? [] : [`allowed now: ${oneLine(`${name} ${instead}`)}`]),
    ...requesterTexts(item, now),
    ...earlierDecisions.map((decision) => `earlier: ${decisionText(decision, now)}`),
  ];
  const subject = style.bold(oneLine(version === null ? `\`${name}\`` : `${name} ${version}`));
  return [
    wrap(`  ${subject}  ${headline}`, columns, '    '),
    ...facts.map(line),
    ...(state === 'undecided' ? [`    ${style.dim(commandText(item))}`] : []),
  ].join('\n');
}

/** Returns the line to type. Known malware gets none for approval, because a copied line must not allow it. */
function commandText({ name, version, isMalware }: QueueItem): string {
  const release = releaseArgument({ name, version });
  return isMalware ? `awspip explain ${release}` : `awspip approve ${release} --reason "…"`;
}

/** Returns what ends the hold without a person. */
function endTexts({ heldUntil, unknownSources, state, reasons }: QueueItem, now: number): readonly string[] {
  if (isDecided({ state } as QueueItem)) return [];
  const until =
    heldUntil === undefined
      ? []
      : state === 'waiting'
        ? [`allowed from ${localTime(heldUntil, now)}`]
        : state === 'ended'
          ? [`its cooldown ended ${localTime(heldUntil, now)}; the next install vets it`]
          : [
              `within cooldown until ${localTime(heldUntil, now)}${reasons.length > 1 ? ', and on hold for the other reasons too' : ''}`,
            ];
  const sources = unknownSources ?? [];
  return [...until, ...(sources.length === 0 ? [] : [`may change once these sources answer: ${list(sources)}`])];
}

function requesterTexts({ requesters, requestersOmitted = 0 }: QueueItem, now: number): readonly string[] {
  const texts = requesters.map(({ by, lastAt, neededBy, reason, roots }) => {
    const path = neededBy.length > 0 ? pathText(neededBy) : '';
    const needed = path === '' ? (roots.length > 1 ? ` with ${list(roots)}` : '') : `, needed by ${path}`;
    return `requested by ${oneLine(by)}, ${localTime(lastAt, now)}${needed}${reason === undefined ? '' : `: ${oneLine(reason)}`}`;
  });
  return [...texts, ...(requestersOmitted === 0 ? [] : [`and by ${count(requestersOmitted, 'other')}`])];
}

/** Returns releases that need one, nearest first. */
function pathText(path: readonly PathRelease[]): string {
  return path.map(({ name, version }) => oneLine(version === undefined ? name : `${name} ${version}`)).join(' ← ');
}

/** Returns who decided what, until when and why. */
export function decisionText({ kind, owner, reason, expiresAt, specifier }: Approval, now: number): string {
  const end = expiresAt === undefined ? 'without an end' : `until ${localTime(expiresAt, now)}`;
  const versions = specifier === '' ? 'every version ' : '';
  return `${versions}${kind === 'approve' ? 'approved' : 'denied'} by ${oneLine(owner)} ${end}: ${oneLine(reason)}`;
}

type ListView = Pick<HoldsView, 'limit' | 'command' | 'complete' | 'now'>;

const incompleteLines = (complete: boolean): readonly string[] =>
  complete ? [] : ['the audit log has more entries than were read, so older ones may be missing'];

/** Returns decisions in force, one below the other. */
export function decisionsText(
  decisions: readonly Approval[],
  { limit, command, complete, now }: ListView,
  { style, columns }: Output,
): string {
  if (decisions.length === 0) return `${['none', ...incompleteLines(complete)].join('\n')}\n`;
  const { shown, omitted } = pageOf(decisions, limit);
  const blocks = shown.map((decision) => {
    const { name, specifier, createdAt } = decision;
    const subject = style.bold(oneLine(`${name}${specifier}`));
    const made = style.dim(`made ${localTime(createdAt, now)}`);
    return `${wrap(`${subject}  ${decisionText({ ...decision, specifier: '==' }, now)}`, columns, '  ')}\n  ${made}`;
  });
  return `${[...blocks, ...omittedLines(omitted, `${command} --all`), ...incompleteLines(complete)].join('\n')}\n`;
}

const eventTexts = {
  hold: 'requested',
  approve: 'approved',
  deny: 'denied',
  archive: 'archived',
  restore: 'published again',
  record: '',
} as const;

/** Returns the history of a project, one event per line. */
export function historyText(
  events: readonly HistoryEvent[],
  { limit, command, complete, now }: ListView,
  { columns }: Output,
): string {
  if (events.length === 0) return 'no record of this project\n';
  const { shown, omitted } = pageOf(events, limit);
  const lines = shown.map(({ at, what, versions, by, why, until, status }) => {
    const did = what === 'record' && status !== undefined ? `${statusTexts[status]} on record` : eventTexts[what];
    const who = by === undefined ? '' : ` by ${oneLine(by)}`;
    const end = until === undefined ? '' : ` until ${localTime(until, now)}`;
    const reason = why === undefined || why === '' ? '' : `: ${oneLine(why)}`;
    const subject = versions === '' ? 'every version' : oneLine(versions);
    return wrap(`${localTime(at, now)}  ${subject} ${did}${who}${end}${reason}`, columns, '  ');
  });
  return `${[...lines, ...omittedLines(omitted, `${command} --all`), ...incompleteLines(complete)].join('\n')}\n`;
}
