import { truncate } from './refusals.ts';

const maxChanges = 50;
const maxLength = 200;

/**
 * Returns how two policies differ, one line per key: `gates.cooldown.days: 3 → 7`. Entries of lists are added (`+`) or
 * removed (`-`). Long lists of changes end with the number of further ones.
 */
export function policyChanges(before: unknown, after: unknown): readonly string[] {
  const changes = differences(before, after, '');
  const shown = changes.slice(0, maxChanges).map((line) => truncate(line, maxLength));
  return changes.length > maxChanges ? [...shown, `… and ${changes.length - maxChanges} more`] : shown;
}

function differences(before: unknown, after: unknown, path: string): readonly string[] {
  if (textOf(before) === textOf(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, path);
  if (!isObject(before) || !isObject(after)) return [`${path}: ${textOf(before)} → ${textOf(after)}`];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

function listDifferences(before: readonly unknown[], after: readonly unknown[], path: string): readonly string[] {
  const [old, current] = [new Set(before.map(textOf)), new Set(after.map(textOf))];
  const removed = [...old].filter((text) => !current.has(text)).map((text) => `${path}: - ${text}`);
  const added = [...current].filter((text) => !old.has(text)).map((text) => `${path}: + ${text}`);
  return removed.length + added.length > 0 ? [...removed, ...added] : [`${path}: the order changed`];
}

const textOf = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
