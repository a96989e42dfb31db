import type { Finding, InstallCode, Signal } from '../../firewall/types.ts';
import type { RecordedAssessment } from '../../review/explain.ts';
import { signalText, valueText, weightOf } from '../review/explain-text.ts';
import { age } from '../times.ts';

/** A fact as the card shows it. */
export type Fact = {
  readonly label: string;
  readonly value: string;
  /** Points, or what a gate does; empty for a fact without a rule. */
  readonly weight: string;
  readonly source: string;
  readonly age: string;
  readonly note?: string | undefined;
  readonly state: 'unknown' | 'fired' | 'quiet';
};

/** A fact that differs between two releases. */
export type Difference = { readonly label: string; readonly before: string; readonly after: string };

/** The evidence in the order in which people read it. */
export type EvidenceView = {
  /** What no source answered, first. */
  readonly unknown: readonly Fact[];
  readonly facts: readonly Fact[];
  readonly code: readonly InstallCode[];
};

const order = { unknown: 0, fired: 1, quiet: 2 } as const;

/** Returns the facts of an assessment: unknown ones apart, and those that count before the others. */
export function evidenceView({ verdict, signals }: RecordedAssessment, now: number): EvidenceView {
  const judged = verdict.findings.map((finding) => findingFact(finding, now));
  const named = new Set(verdict.findings.flatMap(({ signal }) => signal.split(', ')));
  const others = signalEntries(signals)
    .filter(([name]) => !named.has(name))
    .map(([name, signal]) => signalFact(name, signal, now));
  const all = [...judged, ...others].toSorted((a, b) => order[a.state] - order[b.state]);
  const { installCode } = signals;
  return {
    unknown: all.filter(({ state }) => state === 'unknown'),
    facts: all.filter(({ state }) => state !== 'unknown'),
    code: installCode?.known === true ? installCode.value : [],
  };
}

/** Returns the facts that differ between the release that was vetted last and this one. */
export function differences(before: RecordedAssessment, after: RecordedAssessment, now: number): readonly Difference[] {
  const earlier = new Map(signalEntries(before.signals));
  return signalEntries(after.signals).flatMap(([name, signal]) => {
    const other = earlier.get(name);
    if (other === undefined) return [];
    const texts = { before: knownText(other, now), after: knownText(signal, now) };
    return texts.before === texts.after ? [] : [{ label: labelOf(name), ...texts }];
  });
}

function findingFact(finding: Finding, now: number): Fact {
  const { text, asks, state, source, fetchedAt, note } = finding;
  const value = signalText(finding, now);
  return { label: asks ?? text, value, weight: weightOf(finding), source, age: age(fetchedAt, now), note, state };
}

function signalFact(name: string, signal: Signal<unknown>, now: number): Fact {
  return {
    label: labelOf(name),
    value: knownText(signal, now),
    weight: '',
    source: signal.source,
    age: age(signal.fetchedAt, now),
    note: signal.known ? signal.note : signal.why,
    state: signal.known ? 'quiet' : 'unknown',
  };
}

/** Returns the members that are signals. Other versions of awspip may have recorded other ones. */
function signalEntries(signals: RecordedAssessment['signals']): readonly (readonly [string, Signal<unknown>])[] {
  return Object.entries(signals as unknown as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && 'known' in value ? [[name, value as Signal<unknown>] as const] : [],
  );
}

function knownText(signal: Signal<unknown>, now: number): string {
  if (!signal.known) return 'unknown';
  const text = valueText(signal.value, now);
  return text === '' ? 'none' : `${signal.lowerBound === true ? 'at least ' : ''}${text}`;
}

/** Returns the name of a signal in words: `first released at`. */
function labelOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
