import path from 'node:path';
import { normaliseName } from '../index/names.ts';
import type { FilePort } from './files.ts';
import { type PipCommand, parsePipArguments, replaceOptionValue } from './grammar.ts';
import { type LockSelection, parseLockName } from './lock-name.ts';
import type { Input } from './root-options.ts';

/** A lock file that was read and checked for unvetted sources. */
export type Lock = {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** Allowed distribution files on this machine, as written. */
  readonly allowedFiles: ReadonlySet<string>;
};

type LockOption = '--requirement' | '--group';

/** Returns the part of an option's value that names a file. `--group` has the group after it (pip 26.3). */
function fileOf(option: LockOption, value: string): string {
  return option === '--group' ? value.slice(0, Math.max(0, value.lastIndexOf(':'))) : value;
}

/** Checks whether the value of an option names a lock file. */
export function namesLockFile(option: LockOption, value: string): boolean {
  return parseLockName(fileOf(option, value)) !== undefined;
}

/** Returns the lock files of a command line, each once, with the combined selection. */
export function listLockFiles(
  files: readonly Input[],
  groups: readonly Input[],
  folder: string,
): readonly (LockSelection & { readonly file: string; readonly where: string })[] {
  const selections = new Map<
    string,
    { extras: Set<string>; groups: Set<string>; defaultGroups: boolean; where: string }
  >();
  const addLock = (option: LockOption, { value, where }: Input) => {
    const lockName = parseLockName(fileOf(option, value));
    if (lockName === undefined) return;
    const file = path.resolve(folder, lockName.file);
    const selection = selections.get(file) ?? { extras: new Set(), groups: new Set(), defaultGroups: false, where };
    for (const extra of lockName.extras) selection.extras.add(extra);
    if (option === '--group') selection.groups.add(normaliseName(value.slice(value.lastIndexOf(':') + 1)));
    else selection.defaultGroups = true;
    if (where !== 'argument') selection.where = where;
    selections.set(file, selection);
  };
  for (const input of files) addLock('--requirement', input);
  for (const input of groups) addLock('--group', input);
  return [...selections].map(([file, choice]) => ({ file, ...choice }));
}

/** Loads the lock file parser, which needs the TOML library. */
export const loadLockReader = () => import('./lock-file.ts');

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
  const folders: string[] = [];
  if (locks.length === 0) return { argv, copies, cleanup: async () => {} };
  const { redirectLockToRelay: lockTowardsRelay } = await loadLockReader();
  for (const { file, text, allowedFiles } of locks) {
    const folder = await files.makeFolder();
    folders.push(folder);
    const copy = path.join(folder, path.basename(file));
    await files.write(
      copy,
      Buffer.from(lockTowardsRelay(text, { indexUrl, folder: path.dirname(file), allowedFiles })),
    );
    copies.set(file, copy);
  }
  return {
    argv: replaceLocks(parsePipArguments(argv), copies, folder),
    copies,
    cleanup: async () => {
      for (const folder of folders) await files.removeFolder(folder);
    },
  };
}

function replaceLocks({ argv, options }: PipCommand, copies: ReadonlyMap<string, string>, folder: string) {
  return options.reduce<readonly string[]>((arguments_, option) => {
    const { name, value = '' } = option;
    if (name !== '--requirement' && name !== '--group') return arguments_;
    const typedFile = fileOf(name, value);
    const lockName = parseLockName(typedFile);
    const copy = lockName && copies.get(path.resolve(folder, lockName.file));
    if (lockName === undefined || copy === undefined) return arguments_;
    const selectedExtras = lockName.extras.length > 0 ? `[${lockName.extras.join(',')}]` : '';
    return replaceOptionValue(arguments_, option, `${copy}${selectedExtras}${value.slice(typedFile.length)}`);
  }, argv);
}
