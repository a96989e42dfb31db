import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { maxFileLength, parseProjectFile, type ReadText } from './files.ts';
import type { FileLayer } from './resolve.ts';

/** What the file system says about a file or a folder. */
export type PathFacts = {
  /** The path without symbolic links. */
  readonly realPath: string;
  readonly isFile: boolean;
  /** In bytes. */
  readonly size: number;
  readonly userId: number;
  readonly groupId: number;
  /** The permission bits. */
  readonly mode: number;
};

export type ProjectSearch = {
  readonly home: string;
  /** The user of this process. Undefined on Windows, where owners are not checked. */
  readonly userId: number | undefined;
  /** Returns undefined if the path does not exist or cannot be seen. */
  readonly examine: (file: string) => Promise<PathFacts | undefined>;
};

/** A project file. `unsafe`: why other users could have written it. */
export type ProjectFile = FileLayer & { readonly unsafe?: string | undefined };

/** A folder in which the project file is searched. */
type SearchedFolder = { readonly folder: string; readonly unsafe: string | undefined };

/**
 * Yields the folders that may have the project file, from `start` upwards. The last one is the root of the checkout, the
 * home folder, or the first folder that other users can write.
 */
export async function* searchedFolders(start: string, search: ProjectSearch): AsyncIterable<SearchedFolder> {
  const { home, userId, examine } = search;
  const homes = [path.resolve(home), (await examine(home))?.realPath];
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    const unsafe = unsafeReason('its folder', await examine(folder), userId);
    yield { folder, unsafe };
    const markers = await Promise.all(['.git', '.hg', '.svn'].map((name) => examine(path.join(folder, name))));
    const isRoot = path.dirname(folder) === folder || homes.includes(folder);
    if (isRoot || unsafe !== undefined || markers.some((marker) => marker !== undefined)) return;
  }
}

/**
 * Reads the project's settings: `[tool.awspip]` of the nearest `pyproject.toml` that has it.
 *
 * @throws {AwspipError} `settings-file-invalid` (78).
 */
export async function readProjectFile(
  start: string,
  read: ReadText,
  search: ProjectSearch,
): Promise<ProjectFile | undefined> {
  for await (const { folder, unsafe: unsafeFolder } of searchedFolders(start, search)) {
    const file = path.join(folder, 'pyproject.toml');
    const facts = await search.examine(file);
    // A pipe or a device would block the command.
    if (facts === undefined || !facts.isFile || facts.size > maxFileLength) continue;
    const unsafe = unsafeFolder ?? unsafeReason('it', facts, search.userId);
    const layer = await parse(file, await read(file), unsafe);
    if (layer !== undefined) return { ...layer, path: facts.realPath, ...(unsafe === undefined ? {} : { unsafe }) };
  }
  return undefined;
}

async function parse(
  file: string,
  text: string | undefined,
  unsafe: string | undefined,
): Promise<FileLayer | undefined> {
  try {
    return text === undefined ? undefined : await parseProjectFile(file, text);
  } catch (error) {
    // A mistake in another user's file must not stop the commands of this user.
    if (unsafe !== undefined && error instanceof AwspipError) return undefined;
    throw error;
  }
}

/**
 * Returns why other users could have written a file or folder; undefined if only this user and root could. A group with
 * the number of the owner is the owner's private group, whose members are this user alone.
 */
function unsafeReason(
  subject: 'it' | 'its folder',
  facts: PathFacts | undefined,
  userId: number | undefined,
): string | undefined {
  if (facts === undefined || userId === undefined) return undefined;
  if (facts.userId !== userId && facts.userId !== 0) {
    return subject === 'it' ? 'belongs to another user' : 'is in a folder of another user';
  }
  const isPrivateGroup = facts.groupId === facts.userId;
  if ((facts.mode & 0o002) === 0 && ((facts.mode & 0o020) === 0 || isPrivateGroup)) return undefined;
  return subject === 'it' ? 'is writable by other users' : 'is in a folder that other users can write';
}
