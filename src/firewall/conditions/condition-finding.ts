import type { Finding, FindingScope, Signal } from '../types.ts';
import { readCondition, type UnknownResult } from './condition.ts';
import { type ConditionSubject, conditionSignals } from './signal-table.ts';

type Base = Pick<Finding, 'rule' | 'scope' | 'when' | 'signal' | 'value' | 'source' | 'fetchedAt' | 'note'>;

/** Returns what all findings of a condition have: its signals with their values, and the narrowest scope of these. */
export function conditionBase(rule: string, when: string, subject: ConditionSubject): Base {
  const { names } = readCondition(when);
  const known = names.map((name) => conditionSignals[name]).filter((entry) => entry !== undefined);
  const signals = [...new Set(known.map(({ signal }) => signal))];
  const measured = signals.map((signal) => measuredSignal(signal, subject)).filter((signal) => signal !== undefined);
  const notes = measured.flatMap((signal) => (signal.known && signal.note !== undefined ? [signal.note] : []));
  const times = measured.map(({ fetchedAt }) => fetchedAt).toSorted();
  return {
    rule,
    scope: narrowest(known.map(({ scope }) => scope)),
    when,
    signal: signals.join(', '),
    value: Object.fromEntries(names.map((name) => [name, shownValue(name, subject)])),
    source: [...new Set(measured.map(({ source }) => source))].join(', ') || 'the policy',
    note: notes.length === 0 ? undefined : notes.join('; '),
    fetchedAt: times[0] ?? new Date(subject.now).toISOString(),
  };
}

/** Returns the text of a condition that is unknown, with the names whose signals are unknown and the reason. */
export function unknownText(text: string, { unknown, source, why }: UnknownResult): string {
  const names = unknown.map((name) => `\`${name}\``).join(', ');
  const isBound = unknown.some((name) => name === source);
  return `${text} unknown: ${names === '' || isBound ? '' : `no ${names}, because `}${source} ${why}`;
}

function measuredSignal(signal: string, { signals }: ConditionSubject): Signal<unknown> | undefined {
  const found = (signals as Readonly<Record<string, unknown>>)[signal];
  return typeof found === 'object' && found !== null && 'fetchedAt' in found ? (found as Signal<unknown>) : undefined;
}

/** Returns the value of a name as JSON can hold it. */
function shownValue(name: string, subject: ConditionSubject): unknown {
  const reading = conditionSignals[name]?.read(subject);
  if (reading === undefined || 'why' in reading) return null;
  if ('min' in reading) return { atLeast: reading.min };
  if ('max' in reading) return { atMost: reading.max };
  if ('includes' in reading) return reading.includes;
  if (typeof reading.value === 'bigint') return Number(reading.value);
  return JSON.parse(JSON.stringify(reading.value)) as unknown;
}

function narrowest(scopes: readonly FindingScope[]): FindingScope {
  return (['file', 'release'] as const).find((scope) => scopes.includes(scope)) ?? 'project';
}
