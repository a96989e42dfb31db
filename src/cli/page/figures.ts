import type { QueueItem } from '../../review/queue.ts';
import type { RequestRecord } from '../../vetting/types.ts';

/** A bar with its label; `text` is the value as people read it. */
export type Bar = { readonly label: string; readonly value: number; readonly text: string };

/** The verdicts that a chart distinguishes, from the bottom of a column to its top. */
export const verdicts = ['SECURE', 'HELD', 'BLOCKED', 'ERROR'] as const;
type VerdictName = (typeof verdicts)[number];

/** The requests of one day by their verdict. `day` is an ISO date in UTC. */
export type Day = { readonly day: string; readonly counts: Readonly<Record<VerdictName, number>> };

export type Figures = {
  readonly days: readonly Day[];
  /** For each day with a verdict: the percentage of requests on hold or blocked. */
  readonly shares: readonly Bar[];
  readonly decisionTimes: readonly Bar[];
  /** In milliseconds; undefined without a decision. */
  readonly medianDecision: number | undefined;
  readonly reasons: readonly Bar[];
  readonly sources: readonly Bar[];
};

const dayMilliseconds = 86_400_000;
const shownDays = 30;
const maxBars = 10;

type FigureRecords = { readonly items: readonly QueueItem[]; readonly requests: readonly RequestRecord[] };

/** Returns what the charts show of the last 30 days and of the queue. `now` in epoch milliseconds. */
export function figuresOf({ items, requests }: FigureRecords, now: number): Figures {
  const days = daysOf(requests, now);
  const times = items.flatMap(decisionTime).toSorted((a, b) => a - b);
  return {
    days,
    shares: days.flatMap(shareOf),
    decisionTimes: histogram(times),
    medianDecision: times[Math.floor((times.length - 1) / 2)],
    reasons: ranked(items.flatMap(({ reasons }) => [...new Set(reasons.map(({ text }) => text))])),
    sources: ranked(items.flatMap(({ unknownSources = [] }) => [...new Set(unknownSources)])),
  };
}

function daysOf(requests: readonly RequestRecord[], now: number): readonly Day[] {
  const days = Array.from({ length: shownDays }, (_, at) => dayOf(now - (shownDays - 1 - at) * dayMilliseconds));
  const counts = new Map(days.map((day) => [day, { SECURE: 0, HELD: 0, BLOCKED: 0, ERROR: 0 }]));
  for (const { status, endedAt, updatedAt } of requests) {
    const found = counts.get((endedAt ?? updatedAt).slice(0, 10));
    if (found !== undefined && status !== 'CHECK') found[status] += 1;
  }
  return [...counts].map(([day, count]) => ({ day, counts: count }));
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

function shareOf({ day, counts }: Day): readonly Bar[] {
  const total = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  if (total === 0) return [];
  const share = Math.round((100 * (counts.HELD + counts.BLOCKED)) / total);
  return [{ label: day, value: share, text: `${share} %` }];
}

/** Returns how long an entry waited for its first decision, in milliseconds. */
function decisionTime({ decision, earlierDecisions, since }: QueueItem): readonly number[] {
  const all = [...earlierDecisions, ...(decision === undefined ? [] : [decision])];
  const after = all.map(({ createdAt }) => Date.parse(createdAt) - Date.parse(since)).filter((time) => time >= 0);
  return after.length === 0 ? [] : [Math.min(...after)];
}

const hour = 3_600_000;
const spans = [
  ['under 1 h', hour],
  ['1 to 4 h', 4 * hour],
  ['4 to 24 h', 24 * hour],
  ['1 to 3 days', 72 * hour],
  ['3 to 7 days', 168 * hour],
  ['over 7 days', Number.POSITIVE_INFINITY],
] as const;

function histogram(times: readonly number[]): readonly Bar[] {
  if (times.length === 0) return [];
  return spans.map(([label, end], at) => {
    const start = at === 0 ? 0 : (spans[at - 1]?.[1] ?? 0);
    return countBar(label, times.filter((time) => time >= start && time < end).length);
  });
}

/** Returns the most frequent texts. */
function ranked(texts: readonly string[]): readonly Bar[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const bars = [...counts].map(([text, count]) => countBar(text, count));
  return bars.toSorted((a, b) => b.value - a.value || (a.label < b.label ? -1 : 1)).slice(0, maxBars);
}

const countBar = (label: string, value: number): Bar => ({ label, value, text: String(value) });
