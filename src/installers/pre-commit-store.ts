import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AllowedSources, isAllowedPath, isAllowedRepository } from '../pip/allowed-sources.ts';
import type { InstalledRelease } from '../pip/installed-release.ts';
import { isInside } from '../pip/own-project.ts';
import { readStart } from './installed-distributions.ts';

/** Returns the folder in which pre-commit keeps clones of hook repositories, with an environment in each. */
export function preCommitStore(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  return (
    environment.PRE_COMMIT_HOME || path.join(environment.XDG_CACHE_HOME || path.join(home, '.cache'), 'pre-commit')
  );
}

/** The package that pre-commit writes for `repo: local`. Its folder is no clone. */
const placeholder = 'pre-commit-placeholder-package';

/** Checks whether pre-commit installed a release from a clone of an allowed repository, or for a local hook. */
export async function isAllowedHook(
  { name, from }: Pick<InstalledRelease, 'name' | 'from'>,
  store: string,
  allowed: AllowedSources,
): Promise<boolean> {
  if (from.kind !== 'folder' || from.path === undefined) return false;
  const root = await realpath(store).catch(() => store);
  const folder = await realpath(from.path).catch(() => undefined);
  if (folder === undefined || folder === root || !isInside(folder, root)) return false;
  const [clone = ''] = path.relative(root, folder).split(path.sep);
  const address = await originOfClone(path.join(root, clone));
  return address === undefined ? name === placeholder : isAllowedAddress(address, allowed);
}

/** Checks whether the user allowed the repository of hooks at this location: a URL, or a path on this machine. */
export async function isAllowedAddress(address: string, allowed: AllowedSources): Promise<boolean> {
  const local = localPath(address);
  if (local === undefined) return isAllowedRepository(`git+${address}`, allowed);
  return isAllowedPath(await realpath(local).catch(() => local), allowed);
}

/** Returns the absolute path of a repository on this machine. Undefined for one on the network. */
export function localPath(address: string, folder = process.cwd()): string | undefined {
  try {
    if (/^file:/i.test(address)) return fileURLToPath(address);
  } catch {
    return undefined;
  }
  // git takes `host:path` without a slash before the colon for SSH.
  return /^[a-z][\w+.-]*:\/\//i.test(address) || /^[^/]*:/.test(address) ? undefined : path.resolve(folder, address);
}

/** Returns the addresses of all clones in the store. */
export async function clonedAddresses(store: string): Promise<ReadonlySet<string>> {
  const names = (await readdir(store).catch(() => [])).filter((name) => name.startsWith('repo')).slice(0, maxClones);
  const addresses = await Promise.all(names.map((name) => originOfClone(path.join(store, name))));
  return new Set(addresses.flatMap((address) => address ?? []));
}

const maxClones = 1_000;

/** Reads the address that a clone was made from, from git's configuration file. */
async function originOfClone(folder: string): Promise<string | undefined> {
  const text = await readStart(path.join(folder, '.git', 'config'));
  return /^\[remote "origin"\]\s*\n(?:[ \t]+[^\n]*\n)*?[ \t]+url = ([^\n]+)$/m.exec(text ?? '')?.[1]?.trim();
}
