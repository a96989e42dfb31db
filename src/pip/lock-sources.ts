import path from 'node:path';
import { normaliseName } from '../index/names.ts';
import type { FilePort } from './files.ts';
import { type PipCommand, parsePipArguments, replaceOptionValue } from './grammar.ts';
import { type LockChoice, namedLock } from './lock-name.ts';
import type { Input } from './root-options.ts';

/** A lock file that was read and checked for unvetted sources. */
export type Lock = {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** Allowed distribution files on this machine, as written. */
  readonly kept: ReadonlySet<string>;
};

type LockOption = '--requirement' | '--group';

/** Returns the part of an option's value that names a file. `--group` has the group after it (pip 26.3). */
function fileOf(option: LockOption, value: string): string {
  return option === '--group' ? value.slice(0, Math.max(0, value.lastIndexOf(':'))) : value;
}

/** Checks whether the value of an option names a lock file. */
export function isLock(option: LockOption, value: string): boolean {
  return namedLock(fileOf(option, value)) !== undefined;
}

/** Returns the lock files of a command line, each once, with the combined selection. */
export function namedLocks(
  files: readonly Input[],
  groups: readonly Input[],
  folder: string,
): readonly (LockChoice & { readonly file: string; readonly where: string })[] {
  const found = new Map<string, { extras: Set<string>; groups: Set<string>; defaultGroups: boolean; where: string }>();
  const take = (option: LockOption, { value, where }: Input) => {
    const named = namedLock(fileOf(option, value));
    if (named === undefined) return;
    const file = path.resolve(folder, named.file);
    const known = found.get(file) ?? { extras: new Set(), groups: new Set(), defaultGroups: false, where };
    for (const extra of named.extras) known.extras.add(extra);
    if (option === '--group') known.groups.add(normaliseName(value.slice(value.lastIndexOf(':') + 1)));
    else known.defaultGroups = true;
    if (where !== 'argument') known.where = where;
    found.set(file, known);
  };
  for (const input of files) take('--requirement', input);
  for (const input of groups) take('--group', input);
  return [...found].map(([file, choice]) => ({ file, ...choice }));
}

/** Loads the lock file parser, which needs the TOML library. */
export const lockFile = () => import('./lock-file.ts');

type LockCopies = {
  readonly argv: readonly string[];
  /** The copy of each lock file, by the file's absolute path. */
  readonly copies: ReadonlyMap<string, string>;
  /** Removes the copies. */
  readonly cleanup: () => Promise<void>;
};

/**
 * Replaces each lock file on the command line with a copy that has the relay's URLs. So pip reads what awspip read, and
 * gets files only from the relay.
 */
export async function copyLocks(
  argv: readonly string[],
  locks: readonly Lock[],
  { indexUrl, folder, files }: { indexUrl: string; folder: string; files: FilePort },
): Promise<LockCopies> {
  const copies = new Map<string, string>();
  const made: string[] = [];
  if (locks.length === 0) return { argv, copies, cleanup: async () => {} };
  const { lockTowardsRelay } = await lockFile();
  for (const { file, text, kept } of locks) {
    const beside = await files.makeFolder();
    made.push(beside);
    const copy = path.join(beside, path.basename(file));
    await files.write(copy, Buffer.from(lockTowardsRelay(text, { indexUrl, folder: path.dirname(file), kept })));
    copies.set(file, copy);
  }
  return {
    argv: withCopies(parsePipArguments(argv), copies, folder),
    copies,
    cleanup: async () => {
      for (const beside of made) await files.removeFolder(beside);
    },
  };
}

function withCopies({ argv, options }: PipCommand, copies: ReadonlyMap<string, string>, folder: string) {
  return options.reduce<readonly string[]>((words, option) => {
    const { name, value = '' } = option;
    if (name !== '--requirement' && name !== '--group') return words;
    const typed = fileOf(name, value);
    const named = namedLock(typed);
    const copy = named && copies.get(path.resolve(folder, named.file));
    if (named === undefined || copy === undefined) return words;
    const chosen = named.extras.length > 0 ? `[${named.extras.join(',')}]` : '';
    return replaceOptionValue(words, option, `${copy}${chosen}${value.slice(typed.length)}`);
  }, argv);
}
