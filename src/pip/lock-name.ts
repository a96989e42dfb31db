import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { normaliseName } from '../index/names.ts';

/** The selection of a command line from a lock file: normalised extras and dependency groups. */
export type LockSelection = {
  readonly extras: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** Whether the lock file's default groups are selected. They are if it is named as a file, not as a group. */
  readonly defaultGroups: boolean;
};

/** File names that pip treats as lock files (PEP 751). The spelling must match exactly. */
const lockNamePattern = /^pylock(?:\.[^.]+)?\.toml$/;

/**
 * Parses the value of `-r` as a lock file and the selected extras (`pylock.toml[extra]`, pip 26.3). Undefined when it
 * names no lock file on this machine.
 */
export function parseLockName(
  typed: string,
): { readonly file: string; readonly extras: readonly string[] } | undefined {
  const [, withoutExtras = typed, extras = ''] = /^(.+?)\s*\[([^\]]+)\]$/s.exec(typed) ?? [];
  const file = /^file:/i.test(withoutExtras) ? pathOf(withoutExtras) : withoutExtras;
  if (
    file === undefined ||
    /^https?:/i.test(withoutExtras) ||
    !lockNamePattern.test(path.basename(path.normalize(file)))
  )
    return;
  return { file, extras: extras === '' ? [] : extras.split(',').map((extra) => normaliseName(extra.trim())) };
}

/** Returns the path of a `file:` URL; undefined when it is invalid. */
function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
}
