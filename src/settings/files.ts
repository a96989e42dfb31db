import { AwspipError } from '../errors.ts';
import type { FileLayer } from './resolve.ts';
import { type Setting, settings } from './table.ts';

/** Reads a text file; returns undefined if it does not exist. */
export type ReadText = (file: string) => Promise<string | undefined>;

/** The largest settings file that is read, in bytes. */
export const maxFileLength = 1_000_000;

/**
 * Returns the table `[tool.awspip]` of a `pyproject.toml`; undefined if it has none.
 *
 * @throws {AwspipError} `settings-file-invalid` (78).
 */
export async function parseProjectFile(file: string, text: string): Promise<FileLayer | undefined> {
  if (!text.includes('tool.awspip') || text.length > maxFileLength) return undefined;
  const tool = (await readToml(file, text)).tool as { awspip?: unknown } | undefined;
  return tool?.awspip === undefined
    ? undefined
    : layer(file, tool.awspip, ({ projectFile }) => projectFile !== 'no', 'an option, a variable or the user file');
}

/**
 * Reads the user's settings: `config.toml` in the user's configuration folder.
 *
 * @throws {AwspipError} `settings-file-invalid` (78).
 */
export async function readUserFile(file: string, read: ReadText): Promise<FileLayer | undefined> {
  const text = await read(file);
  if (text === undefined) return undefined;
  const table = await readToml(file, text.slice(0, maxFileLength));
  return layer(file, table, ({ userFile }) => userFile !== false, 'an option or a variable');
}

async function readToml(file: string, text: string): Promise<Record<string, unknown>> {
  const { parseToml } = await import('../toml.ts'); // Most runs have no settings file and need no TOML parser.
  try {
    return parseToml(text);
  } catch (cause) {
    const line = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw invalid(file, `is not valid TOML: ${line}`, cause);
  }
}

function layer(
  file: string,
  table: unknown,
  isAllowed: (setting: Setting<unknown>) => boolean,
  otherSources: string,
): FileLayer {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw invalid(file, 'has no table of settings');
  }
  const settingsByKey = new Map(
    (Object.values(settings) as Setting<unknown>[]).map((setting) => [setting.key, setting]),
  );
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(table)) {
    const setting = settingsByKey.get(key);
    if (setting === undefined) throw invalid(file, `contains \`${key}\`, which is not a setting`);
    if (!isAllowed(setting)) {
      throw invalid(file, `sets \`${key}\`, which only ${otherSources} may set`);
    }
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
      throw invalid(file, `sets \`${key}\` to a value that is not a string, a number or a boolean`);
    }
    values[key] = String(value);
  }
  return { path: file, values };
}

function invalid(file: string, reason: string, cause?: unknown): AwspipError {
  return new AwspipError('settings-file-invalid', `${file} ${reason}`, {
    exit: 'configuration',
    hint: 'correct the file; the README lists all settings and where each may be set',
    cause,
  });
}
