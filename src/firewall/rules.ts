import type { Rule } from './policy.ts';
import type { Finding, Signal, Signals } from './types.ts';

/** A finding with what it adds to the least and to the most score. */
export type Counted = { readonly finding: Finding; readonly min: number; readonly max: number };

const words = { downloads: 'Downloads', stars: 'GitHub stars', versionsCount: 'Versions count' } as const;

/**
 * What a rule says of the signals. Unknown is never quiet: it widens the interval unless the policy says otherwise.
 * @param now epoch milliseconds
 */
export function applyRule(rule: Rule, signals: Signals, now: number): Counted {
  if (rule.signal === 'similarNames') return similarity(rule, signals, now);
  if (rule.signal === 'lastModified') {
    const limit = yearsBefore(now, rule.olderThanYears);
    const plural = rule.olderThanYears === 1 ? 'year' : 'years';
    return threshold({
      rule,
      label: 'Last modified',
      text: `Last modified > ${rule.olderThanYears} ${plural}`,
      signal: readTime(signals.lastModified),
      fires: (value) => Date.parse(value) < limit,
    });
  }
  return threshold({
    rule,
    label: words[rule.signal],
    text: `${words[rule.signal]} < ${rule.below}`,
    signal: signals[rule.signal],
    fires: (value) => value < rule.below,
  });
}

type Threshold<T> = {
  readonly rule: Exclude<Rule, { signal: 'similarNames' }>;
  readonly label: string;
  readonly text: string;
  readonly signal: Signal<T>;
  readonly fires: (value: T) => boolean;
};

function threshold<T>({ rule, label, text, signal, fires }: Threshold<T>): Counted {
  const base = {
    rule: rule.signal,
    points: rule.points,
    signal: rule.signal,
    source: signal.source,
    fetchedAt: signal.fetchedAt,
  };
  if (signal.known) {
    const past = fires(signal.value);
    const value = signal.value;
    const note = signal.note;
    if (!past) return { finding: { ...base, text, state: 'quiet', value, note }, min: 0, max: 0 };
    if (!signal.lowerBound) {
      return { finding: { ...base, text, state: 'fired', value, note }, min: rule.points, max: rule.points };
    }
    const why = `at least ${String(value)}, but the list may be partial`;
    return unknown(rule, {
      ...base,
      text: `${label} unknown: ${signal.source} says ${why}`,
      asks: text,
      state: 'unknown',
      value,
      note,
    });
  }
  const said = `${label} unknown: ${signal.source} ${signal.why}`;
  return unknown(rule, { ...base, text: said, asks: text, state: 'unknown', value: null, note: signal.why });
}

function unknown(rule: Exclude<Rule, { signal: 'similarNames' }>, finding: Finding): Counted {
  if (rule.unknown === 'ignored') return { finding, min: 0, max: 0 };
  return { finding, min: rule.unknown === 'counts' ? rule.points : 0, max: rule.points };
}

function similarity(rule: Extract<Rule, { signal: 'similarNames' }>, signals: Signals, now: number): Counted {
  const near = signals.similar.filter(({ confidence }) => confidence >= rule.confidence);
  const [first] = near;
  const finding: Finding = {
    rule: rule.signal,
    text: first ? `Name similar to ${first.target}` : 'Name similar to a popular one',
    points: rule.points,
    state: first ? 'fired' : 'quiet',
    signal: 'similar',
    value: near,
    source: 'popularity list',
    fetchedAt: new Date(now).toISOString(),
  };
  const points = first ? rule.points : 0;
  return { finding, min: points, max: points };
}

/** A time that is none is unknown, not old and not new. */
export function readTime(signal: Signal<string>): Signal<string> {
  if (!signal.known || Number.isFinite(Date.parse(signal.value))) return signal;
  return { known: false, source: signal.source, fetchedAt: signal.fetchedAt, why: 'gave a time that cannot be read' };
}

function yearsBefore(now: number, years: number): number {
  const date = new Date(now);
  date.setUTCMonth(date.getUTCMonth() - Math.round(years * 12));
  return date.getTime();
}
