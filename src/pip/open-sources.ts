import path from 'node:path';
import { staysBelow, subdirectoryOf } from './file-address.ts';
import type { FilePort } from './files.ts';
import { isInside } from './own-project.ts';

/** Sources that somebody has opened: what comes from there comes in unvetted. */
export type OpenSources = {
  /** Absolute; files, projects and `--find-links` in them. */
  readonly folders: readonly string[];
  /** Beginnings of addresses with `git+` before them. */
  readonly repositories: readonly string[];
};

/** Nothing but one's own project. */
export const nothingOpen: OpenSources = { folders: [], repositories: [] };

const repository = /^git\+(https|ssh):\/\/[^/\s,@]+(?:@[^/\s,@]+)?\/[^\s,]*$/;

/**
 * Reads a list parted by commas: absolute folders, and addresses such as `git+https://git.example/team/` by their
 * beginning. Undefined when a part is neither: a slip must not open more than was meant.
 */
export function parseOpenSources(text: string): OpenSources | undefined {
  const parts = text.split(',').flatMap((part) => part.trim() || []);
  const repositories = parts.filter((part) => repository.test(part));
  const folders = parts.filter((part) => !repositories.includes(part));
  if (folders.some((folder) => !path.isAbsolute(folder) || path.dirname(folder) === folder)) return undefined;
  return { folders: folders.map((folder) => path.normalize(folder)), repositories };
}

/** Checks whether a file or folder (absolute, free of links) is open. */
export function isOpenPath(file: string, { folders }: OpenSources): boolean {
  return folders.some((folder) => isInside(file, folder.endsWith(path.sep) ? folder.slice(0, -1) : folder));
}

/**
 * Checks whether a repository's address is open. What a `..` in it would lead to, or an encoded one, is nobody's to say; a
 * subdirectory outside the checkout is this machine's.
 */
export function isOpenRepository(address: string, { repositories }: OpenSources): boolean {
  const [location = ''] = address.split(/[?#]/, 1);
  if (/\.\.|%2e|\\/i.test(location) || !staysBelow(subdirectoryOf(address) ?? '')) return false;
  return repositories.some(
    (beginning) =>
      location.startsWith(beginning.endsWith('/') ? beginning : `${beginning}/`) || atRevision(location) === beginning,
  );
}

/** `git+https://host/project.git@v1` without the revision. */
function atRevision(location: string): string {
  const at = location.lastIndexOf('@');
  return at > location.indexOf('/', 'git+https://'.length) ? location.slice(0, at) : location;
}

type PathPorts = { readonly folder: string; readonly home?: string | undefined };

/**
 * Checks whether all that a `--find-links` may mean is open: a path is meant from the working folder, in a requirements file
 * also from that file's; typed, `~` is the home if there is such a folder in it.
 */
export async function isOpenLink(
  value: string,
  where: string,
  { folder, files, open, home }: PathPorts & { readonly files: FilePort; readonly open: OpenSources },
): Promise<boolean> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(value)) return false;
  const file = /^(.*):\d+$/.exec(where)?.[1];
  if (value.startsWith('~/') && file === undefined && home !== undefined) {
    const inHome = path.join(home, value.slice(1));
    if ((await files.kindOf(inHome)) !== 'absent') return isOpenPath(await files.realPath(inHome), open);
  }
  if (value.startsWith('~') && !value.startsWith('~/')) return false; // somebody's home
  const starts = file === undefined ? [folder] : [folder, path.resolve(folder, path.dirname(file))];
  const meant = await Promise.all(starts.map((start) => files.realPath(path.resolve(start, value))));
  return meant.every((location) => isOpenPath(location, open));
}
