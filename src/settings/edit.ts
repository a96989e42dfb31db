import { isDeepStrictEqual } from 'node:util';
import { AwspipError } from '../errors.ts';

/**
 * A TOML text with these settings in one of its tables (`tool.awspip`, or the top when undefined), everything else,
 * comments too, as it was.
 *
 * @throws {AwspipError} `settings-not-written` (78) where they are said in a way that cannot be changed line by line.
 */
export async function withSettings(
  file: string,
  text: string,
  table: 'tool.awspip' | undefined,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const { parseToml } = await import('../toml.ts');
  const after = `${edited(text.split('\n'), table, values).join('\n').trimEnd()}\n`;
  try {
    if (isDeepStrictEqual(plain(parseToml(after)), merged(plain(parseToml(text)), table, values))) return after;
  } catch {
    // Said below.
  }
  const lines = Object.entries(values).map(([key, value]) => `  ${assignment(key, value)}`);
  throw new AwspipError(
    'settings-not-written',
    `the settings in ${file} are not written line by line, so they were left as they are`,
    { exit: 'configuration', hint: `put these there${table ? ` under [${table}]` : ''}:\n${lines.join('\n')}` },
  );
}

function edited(
  lines: readonly string[],
  table: string | undefined,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  const isHeader = (line: string) => /^\s*\[/.test(line);
  const header = table === undefined ? -1 : lines.findIndex((line) => headerOf(line) === table);
  if (table !== undefined && header < 0) {
    const before = lines.join('\n').trimEnd();
    return [...(before === '' ? [] : [before, '']), `[${table}]`, ...newLines(values)];
  }
  const next = lines.findIndex((line, at) => at > header && isHeader(line));
  const end = next < 0 ? lines.length : next;
  const missing = { ...values };
  const kept = lines.slice(header + 1, end).map((line) => {
    const key = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1] ?? '';
    const value = values[key];
    if (value === undefined) return line;
    delete missing[key];
    return assignment(key, value);
  });
  const trailing = kept.length - (kept.findLastIndex((line) => line.trim() !== '') + 1);
  const body = kept.slice(0, kept.length - trailing);
  const blank = next < 0 ? [] : [''];
  return [...lines.slice(0, header + 1), ...body, ...newLines(missing), ...blank, ...lines.slice(end)];
}

function headerOf(line: string): string | undefined {
  return /^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(?:#.*)?$/.exec(line)?.[1];
}

function newLines(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => assignment(key, value));
}

/** A JSON text is a TOML basic string. */
function assignment(key: string, value: string): string {
  return `${key} = ${JSON.stringify(value)}`;
}

type Table = Record<string, unknown>;

function merged(before: Table, table: string | undefined, values: Readonly<Record<string, string>>): Table {
  if (table === undefined) return { ...before, ...values };
  const tool = (before.tool ?? {}) as Table;
  return { ...before, tool: { ...tool, awspip: { ...((tool.awspip ?? {}) as Table), ...values } } };
}

const plain = (parsed: unknown): Table => JSON.parse(JSON.stringify(parsed, wide)) as Table;
const wide = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
