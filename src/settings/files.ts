import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { FileLayer } from './resolve.ts';
import { type Setting, settings } from './table.ts';

/** Reads a file; `undefined` when there is none. */
export type ReadText = (file: string) => Promise<string | undefined>;

const maxFileLength = 1_000_000;

/**
 * The project's own settings: `[tool.awspip]` of the nearest `pyproject.toml` that has it, from `folder` upwards.
 *
 * @throws {AwspipError} `settings-file-invalid` (78).
 */
export async function readProjectFile(folder: string, read: ReadText): Promise<FileLayer | undefined> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const file = path.join(at, 'pyproject.toml');
    const text = await read(file);
    if (text?.includes('tool.awspip') && text.length < maxFileLength) {
      const tool = (await readToml(file, text)).tool as { awspip?: unknown } | undefined;
      if (tool?.awspip !== undefined) return layer(file, tool.awspip, ({ projectFile }) => projectFile);
    }
    if (path.dirname(at) === at) return undefined;
  }
}

/** The user's settings: `config.toml` in the user's configuration folder. */
export async function readUserFile(file: string, read: ReadText): Promise<FileLayer | undefined> {
  const text = await read(file);
  if (text === undefined) return undefined;
  return layer(file, await readToml(file, text.slice(0, maxFileLength)), () => true);
}

async function readToml(file: string, text: string): Promise<Record<string, unknown>> {
  const { parseToml } = await import('../toml.ts'); // lazy: most runs have no settings file
  try {
    return parseToml(text);
  } catch (cause) {
    const line = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw invalid(file, `is not TOML: ${line}`, cause);
  }
}

function layer(file: string, table: unknown, allowed: (setting: Setting<unknown>) => boolean): FileLayer {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw invalid(file, 'holds no table of settings');
  }
  const known = new Map((Object.values(settings) as Setting<unknown>[]).map((setting) => [setting.key, setting]));
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(table)) {
    const setting = known.get(key);
    if (setting === undefined) throw invalid(file, `names \`${key}\`, which is no setting`);
    if (!allowed(setting)) throw invalid(file, `sets \`${key}\`, which only the user's own file or a variable may set`);
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
      throw invalid(file, `sets \`${key}\` to something that is not a text, a number or a switch`);
    }
    values[key] = String(value);
  }
  return { path: file, values };
}

function invalid(file: string, what: string, cause?: unknown): AwspipError {
  return new AwspipError('settings-file-invalid', `${file} ${what}`, {
    exit: 'configuration',
    hint: 'the README lists every setting and where it may stand',
    cause,
  });
}
