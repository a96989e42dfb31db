import { isDeepStrictEqual } from 'node:util';
import { AwspipError } from '../errors.ts';

/**
 * Returns the TOML text with `values` set in `table`, or at the top level if `table` is undefined. Everything else stays
 * unchanged, comments included. `file` is only for the message.
 *
 * @throws {AwspipError} `settings-not-written` (78) if the settings cannot be changed line by line, as in an inline table.
 */
export async function insertSettings(
  file: string,
  text: string,
  table: 'tool.awspip' | undefined,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const { parseToml } = await import('../toml.ts');
  const edited = `${editLines(text.split('\n'), table, values).join('\n').trimEnd()}\n`;
  try {
    if (isDeepStrictEqual(comparable(parseToml(edited)), merge(comparable(parseToml(text)), table, values))) {
      return edited;
    }
  } catch {
    // A text that is not TOML is reported below.
  }
  const lines = Object.entries(values).map(([key, value]) => `  ${assignment(key, value)}`);
  throw new AwspipError(
    'settings-not-written',
    `cannot edit ${file}: its awspip settings are not one \`key = value\` line each`,
    { exit: 'configuration', hint: `add these lines${table ? ` under \`[${table}]\`` : ''}:\n${lines.join('\n')}` },
  );
}

function editLines(
  lines: readonly string[],
  table: string | undefined,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  const isHeader = (line: string) => /^\s*\[/.test(line);
  const header = table === undefined ? -1 : lines.findIndex((line) => headerOf(line) === table);
  if (table !== undefined && header < 0) {
    const existing = lines.join('\n').trimEnd();
    return [...(existing === '' ? [] : [existing, '']), `[${table}]`, ...newLines(values)];
  }
  const nextHeader = lines.findIndex((line, index) => index > header && isHeader(line));
  const end = nextHeader < 0 ? lines.length : nextHeader;
  const missing = { ...values };
  const replaced = lines.slice(header + 1, end).map((line) => {
    const key = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1] ?? '';
    const value = values[key];
    if (value === undefined) return line;
    delete missing[key];
    return assignment(key, value);
  });
  const body = replaced.slice(0, replaced.findLastIndex((line) => line.trim() !== '') + 1);
  const blank = nextHeader < 0 ? [] : [''];
  return [...lines.slice(0, header + 1), ...body, ...newLines(missing), ...blank, ...lines.slice(end)];
}

function headerOf(line: string): string | undefined {
  return /^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(?:#.*)?$/.exec(line)?.[1];
}

function newLines(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => assignment(key, value));
}

/** Returns a TOML assignment. A JSON string is also a valid TOML basic string. */
function assignment(key: string, value: string): string {
  return `${key} = ${JSON.stringify(value)}`;
}

type Table = Record<string, unknown>;

function merge(document: Table, table: string | undefined, values: Readonly<Record<string, string>>): Table {
  if (table === undefined) return { ...document, ...values };
  const tool = (document.tool ?? {}) as Table;
  return { ...document, tool: { ...tool, awspip: { ...((tool.awspip ?? {}) as Table), ...values } } };
}

/** Returns the parsed TOML with big integers and dates as strings, so that two documents compare by value. */
const comparable = (parsed: unknown): Table => JSON.parse(JSON.stringify(parsed, replaceBigInt)) as Table;
const replaceBigInt = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
