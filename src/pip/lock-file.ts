import path from 'node:path';

/**
 * Whether pip takes a source for a lock file (PEP 751): pip 26.1 of `-r`, 26.3 of `--group`, too, and with extras
 * behind it (`pylock.toml[extra]`).
 */
export function isLockFile(source: string): boolean {
  const [file = ''] = /^\s*(?:https?|file):/i.test(source) ? source.split(/[?#]/, 1) : [source];
  return [file, file.replace(/\[[^\]]+\]$/, '').trimEnd()].some((name) =>
    /^pylock(?:\.[^.]+)?\.toml$/.test(path.basename(path.normalize(name))),
  );
}
