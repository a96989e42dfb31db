import { readCondition } from './conditions/condition.ts';
import { conditionBase, unknownText } from './conditions/condition-finding.ts';
import type { ConditionSubject } from './conditions/signal-table.ts';
import type { BuiltInRule, ConditionRule, Rule } from './policy.ts';
import type { Finding, RequiredBy, Signal, Signals } from './types.ts';
import { vouchingRelease, vouchingText } from './vouching.ts';

/** A finding with the points that it adds to the minimum and to the maximum score. */
export type RuleResult = { readonly finding: Finding; readonly min: number; readonly max: number };

const labels = { downloads: 'Downloads', stars: 'GitHub stars', versionsCount: 'Versions count' } as const;

/** Applies a rule to the signals. An unknown signal widens the score interval unless the policy says otherwise. */
export function applyRule(rule: Rule, subject: ConditionSubject): RuleResult {
  return rule.signal === undefined ? applyCondition(rule, subject) : applyBuiltIn(rule, subject.signals, subject.now);
}

function applyBuiltIn(rule: BuiltInRule, signals: Signals, now: number): RuleResult {
  if (rule.signal === 'similarNames') return applySimilarity(rule, signals, now);
  if (rule.signal === 'established') return applyEstablished(rule, signals, now);
  if (rule.signal === 'lastModified') {
    const limit = yearsBefore(now, rule.olderThanYears);
    const unit = rule.olderThanYears === 1 ? 'year' : 'years';
    return applyThreshold({
      rule,
      label: 'Last modified',
      text: `Last modified > ${rule.olderThanYears} ${unit}`,
      signal: readTime(signals.lastModified),
      fires: (value) => Date.parse(value) < limit,
    });
  }
  const vouching = vouchingRelease(signals);
  if (rule.signal === 'downloads' && vouching !== undefined && !signals.downloads.known) {
    return impliedDownloads(rule, signals.downloads, vouching);
  }
  return applyThreshold({
    rule,
    label: labels[rule.signal],
    text: `${labels[rule.signal]} < ${rule.below}`,
    signal: signals[rule.signal],
    fires: (value) => value < rule.below,
  });
}

function applyCondition({ when, points, text, unknown }: ConditionRule, subject: ConditionSubject): RuleResult {
  const result = readCondition(when).evaluate(subject);
  const base = { ...conditionBase('condition', when, subject), points };
  if ('value' in result) {
    const added = result.value ? points : 0;
    return { finding: { ...base, text, state: result.value ? 'fired' : 'quiet' }, min: added, max: added };
  }
  const finding: Finding = {
    ...base,
    text: unknownText(text, result),
    asks: text,
    state: 'unknown',
    value: null,
    note: result.why,
  };
  if (unknown === 'ignored') return { finding, min: 0, max: 0 };
  return { finding, min: unknown === 'counts' ? points : Math.min(0, points), max: Math.max(0, points) };
}

type ThresholdRule = Exclude<BuiltInRule, { signal: 'similarNames' | 'established' }>;

type Threshold<T> = {
  readonly rule: ThresholdRule;
  readonly label: string;
  readonly text: string;
  readonly signal: Signal<T>;
  readonly fires: (value: T) => boolean;
};

function applyThreshold<T>({ rule, label, text, signal, fires }: Threshold<T>): RuleResult {
  const base = {
    rule: rule.signal,
    points: rule.points,
    signal: rule.signal,
    source: signal.source,
    fetchedAt: signal.fetchedAt,
  };
  if (!signal.known) {
    const message = `${label} unknown: ${signal.source} ${signal.why}`;
    return unknownResult(rule, { ...base, text: message, asks: text, state: 'unknown', value: null, note: signal.why });
  }
  const { value, note } = signal;
  if (!fires(value)) return { finding: { ...base, text, state: 'quiet', value, note }, min: 0, max: 0 };
  if (!signal.lowerBound) {
    return { finding: { ...base, text, state: 'fired', value, note }, min: rule.points, max: rule.points };
  }
  // The true value may be past the threshold, so the rule may not fire.
  const message = `${label} unknown: ${signal.source} has at least ${String(value)}, but may be incomplete`;
  return unknownResult(rule, { ...base, text: message, asks: text, state: 'unknown', value, note });
}

/** Unknown downloads of a release that a ranked one requires do not count: it is downloaded with that release. */
function impliedDownloads(
  { below }: Extract<BuiltInRule, { signal: 'downloads' | 'stars' | 'versionsCount' }>,
  { source, fetchedAt }: Signal<number>,
  vouching: RequiredBy,
): RuleResult {
  const text = `${labels.downloads} < ${below}`;
  const note = `unknown, and not counted, because ${vouchingText(vouching)}`;
  const base = { rule: 'downloads', signal: 'downloads', points: 0, value: null, source, fetchedAt };
  return { finding: { ...base, text, state: 'quiet', note }, min: 0, max: 0 };
}

function unknownResult(rule: ThresholdRule, finding: Finding): RuleResult {
  if (rule.unknown === 'ignored') return { finding: { ...finding, points: 0 }, min: 0, max: 0 };
  return { finding, min: rule.unknown === 'counts' ? rule.points : 0, max: rule.points };
}

function applySimilarity(
  rule: Extract<BuiltInRule, { signal: 'similarNames' }>,
  signals: Signals,
  now: number,
): RuleResult {
  const similar = signals.similar.filter(({ confidence }) => confidence >= rule.confidence);
  const vouching = vouchingRelease(signals);
  const [first] = vouching === undefined ? similar : [];
  const finding: Finding = {
    rule: rule.signal,
    text: first ? `Name similar to ${first.target}` : 'Name similar to a popular name',
    points: rule.points,
    state: first ? 'fired' : 'quiet',
    signal: 'similar',
    value: similar,
    source: 'popularity list',
    fetchedAt: new Date(now).toISOString(),
    note: vouching === undefined || similar.length === 0 ? undefined : `not counted, because ${vouchingText(vouching)}`,
  };
  const points = first ? rule.points : 0;
  return { finding, min: points, max: points };
}

/** Ranked projects need no history of their own: their rank says more. An unknown history lowers nothing. */
function applyEstablished(
  rule: Extract<BuiltInRule, { signal: 'established' }>,
  { rank, versionsCount, firstReleasedAt }: Signals,
  now: number,
): RuleResult {
  const first = firstReleasedAt === undefined ? undefined : readTime(firstReleasedAt);
  const isOld = first?.known === true && Date.parse(first.value) < yearsBefore(now, rule.years);
  const hasMany = versionsCount.known && versionsCount.value >= rule.releases;
  const fires = rank === null && isOld && hasMany;
  const unit = rule.years === 1 ? 'year' : 'years';
  const finding: Finding = {
    rule: rule.signal,
    text: `Versions count ≥ ${rule.releases} over ${rule.years} ${unit}`,
    points: rule.points,
    state: fires ? 'fired' : 'quiet',
    signal: 'versionsCount',
    value: versionsCount.known ? versionsCount.value : null,
    source: versionsCount.source,
    fetchedAt: versionsCount.fetchedAt,
  };
  const points = fires ? rule.points : 0;
  return { finding, min: points, max: points };
}

/** Returns the signal, or an unknown one if its value is not a time. An invalid time is neither old nor new. */
export function readTime(signal: Signal<string>): Signal<string> {
  if (!signal.known || Number.isFinite(Date.parse(signal.value))) return signal;
  return { known: false, source: signal.source, fetchedAt: signal.fetchedAt, why: 'has an invalid time' };
}

function yearsBefore(now: number, years: number): number {
  const date = new Date(now);
  date.setUTCMonth(date.getUTCMonth() - Math.round(years * 12));
  return date.getTime();
}
