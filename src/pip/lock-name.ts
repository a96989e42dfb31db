import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { normaliseName } from '../index/names.ts';

/** What a command line chooses from a lock file: normalised extras and dependency groups. */
export type LockChoice = {
  readonly extras: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** Whether the lock file's own default groups are in it: they are when it is named as a file, not as a group. */
  readonly defaultGroups: boolean;
};

/** Files named like this are lock files to pip (PEP 751), in this very spelling. */
const lockName = /^pylock(?:\.[^.]+)?\.toml$/;

/**
 * The lock file that the value of `-r` names, and the extras chosen from it (`pylock.toml[extra]`, pip 26.3);
 * undefined when it names none on this machine.
 */
export function namedLock(typed: string): { readonly file: string; readonly extras: readonly string[] } | undefined {
  const [, bare = typed, extras = ''] = /^(.+?)\s*\[([^\]]+)\]$/s.exec(typed) ?? [];
  const file = /^file:/i.test(bare) ? pathOf(bare) : bare;
  if (file === undefined || /^https?:/i.test(bare) || !lockName.test(path.basename(path.normalize(file)))) return;
  return { file, extras: extras === '' ? [] : extras.split(',').map((extra) => normaliseName(extra.trim())) };
}

/** `undefined` when pip would not see a lock file in it. */
function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
}
