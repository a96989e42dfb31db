import path from 'node:path';
import { isBelowRoot, subdirectoryOf } from './file-url.ts';
import type { FilePort } from './files.ts';
import { isInside } from './own-project.ts';

/** Sources that the user allowed without vetting (setting `open`). */
export type AllowedSources = {
  /** Absolute folders, whose files, projects and `--find-links` are allowed. */
  readonly folders: readonly string[];
  /** URL prefixes with `git+` in front. */
  readonly repositories: readonly string[];
};

/** Allows only the user's own project. */
export const noAllowedSources: AllowedSources = { folders: [], repositories: [] };

const repositoryPattern = /^git\+(https|ssh):\/\/[^/\s,@]+(?:@[^/\s,@]+)?\/[^\s,]*$/;

/**
 * Parses a comma-separated list of absolute folders and URL prefixes such as `git+https://git.example/team/`. Undefined
 * when a part is neither, because a typo must not allow more than intended.
 */
export function parseAllowedSources(text: string): AllowedSources | undefined {
  const parts = text.split(',').flatMap((part) => part.trim() || []);
  const repositories = parts.filter((part) => repositoryPattern.test(part));
  const folders = parts.filter((part) => !repositories.includes(part));
  if (folders.some((folder) => !path.isAbsolute(folder) || path.dirname(folder) === folder)) return undefined;
  return { folders: folders.map((folder) => path.normalize(folder)), repositories };
}

/** Checks whether a file or folder (absolute, without symbolic links) is allowed. */
export function isAllowedPath(file: string, { folders }: AllowedSources): boolean {
  return folders.some((folder) => isInside(file, folder.endsWith(path.sep) ? folder.slice(0, -1) : folder));
}

/**
 * Checks whether a repository URL is allowed. Rejects `..`, plain or encoded, because its target is ambiguous, and a
 * subdirectory outside the checkout.
 */
export function isAllowedRepository(address: string, { repositories }: AllowedSources): boolean {
  const [location = ''] = address.split(/[?#]/, 1);
  if (/\.\.|%2e|\\/i.test(location) || !isBelowRoot(subdirectoryOf(address) ?? '')) return false;
  return repositories.some(
    (prefix) =>
      location.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`) || withoutRevision(location) === prefix,
  );
}

/** Returns a URL without its revision: `git+https://host/project.git@v1` without `@v1`. */
function withoutRevision(location: string): string {
  const separator = location.lastIndexOf('@');
  return separator > location.indexOf('/', 'git+https://'.length) ? location.slice(0, separator) : location;
}

/**
 * Checks whether every possible target of a `--find-links` is allowed. pip resolves a path against the working folder,
 * and in a requirements file also against that file's folder. On the command line, `~` is the home folder if the target
 * exists there.
 */
export async function isAllowedLink(
  value: string,
  where: string,
  { allowed, ...ports }: LinkPorts & { readonly allowed: AllowedSources },
): Promise<boolean> {
  const targets = await linkTargets(value, where, ports);
  return targets?.every((location) => isAllowedPath(location, allowed)) ?? false;
}

/** Returns the value of `--awspip-open` that allows a `--find-links`, if it is a folder or a file. */
export async function allowanceOfLink(value: string, where: string, ports: LinkPorts): Promise<string | undefined> {
  const targets = await linkTargets(value, where, ports);
  const kinds = await Promise.all((targets ?? []).map((target) => ports.files.kindOf(target)));
  const existing = (targets ?? []).filter((_, at) => kinds[at] !== 'absent');
  // pip uses the first that exists, but awspip cannot know which one exists when pip runs.
  return existing.length === 0 ? undefined : allowanceOf(targets ?? []);
}

/** Returns the value of `--awspip-open` that allows folders (absolute, without symbolic links); undefined if none does. */
export function allowanceOf(folders: readonly string[]): string | undefined {
  const value = [...new Set(folders)].join(',');
  const parsed = parseAllowedSources(value);
  return parsed !== undefined && folders.every((folder) => isAllowedPath(folder, parsed)) ? value : undefined;
}

/** Returns the value of `--awspip-open` that allows a repository; undefined if none does, or if it has credentials. */
export function allowanceOfRepository(address: string): string | undefined {
  const [location = ''] = address.split(/[?#]/, 1);
  const prefix = withoutRevision(location);
  const parsed = parseAllowedSources(prefix);
  if (parsed === undefined || /:[^/]*@/.test(prefix.replace(/^git\+\w+:\/\//, ''))) return undefined;
  return isAllowedRepository(address, parsed) ? prefix : undefined;
}

type LinkPorts = { readonly folder: string; readonly home?: string | undefined; readonly files: FilePort };

/** Returns the possible targets of a `--find-links` path; undefined for a URL and another user's home folder. */
async function linkTargets(
  value: string,
  where: string,
  { folder, files, home }: LinkPorts,
): Promise<readonly string[] | undefined> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(value)) return undefined;
  const file = /^(.*):\d+$/.exec(where)?.[1];
  if (value.startsWith('~/') && file === undefined && home !== undefined) {
    const inHome = path.join(home, value.slice(1));
    if ((await files.kindOf(inHome)) !== 'absent') return [await files.realPath(inHome)];
  }
  if (value.startsWith('~') && !value.startsWith('~/')) return undefined;
  const baseFolders = file === undefined ? [folder] : [folder, path.resolve(folder, path.dirname(file))];
  return Promise.all(baseFolders.map((start) => files.realPath(path.resolve(start, value))));
}
