import { parseToml } from '../toml.ts';

export type Table = Readonly<Record<string, unknown>>;

export const maxFileLength = 32 * 1024 * 1024;

/** Parses TOML. A text that cannot be parsed is an empty table. */
export function toml(text: string | undefined): Table {
  if (text === undefined || text.length > maxFileLength) return {};
  try {
    return asTable(parseToml(text));
  } catch {
    return {};
  }
}

/** Returns the table at a path of keys; an empty one if there is none. */
export function tableAt(table: Table, ...keys: readonly string[]): Table {
  return keys.reduce((parent, key) => asTable(Object.hasOwn(parent, key) ? parent[key] : undefined), table);
}

/** Returns a value that is a table; an empty one for any other. */
export function asTable(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

/** Returns the texts of an array. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
