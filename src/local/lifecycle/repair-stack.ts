import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { digestOfFile } from '../../temporary-file.ts';
import { failureCode, readJson, stateFolderError, unlessMissing } from '../files.ts';
import { isPackage } from '../packages/package-store.ts';
import { readJournal } from '../tables/journal-file.ts';
import { acquireLockWithin } from './lock-within.ts';
import { stopStack } from './stop-stack.ts';

const folderNames = ['domains', 'files', 'tables', 'lock'] as const;
const fileNames = ['secret', 'port', 'stack.json', 'starting', 'stack.log', 'failure.json'] as const;

/** A part of the state that a repair moved aside: its path in the folder, and what is wrong with it. */
export type Moved = { readonly path: string; readonly reason: string };

async function isUsable(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Checks that a name is that of a file, also where a folder has it. */
const isFileName = (name: string): boolean => /\.json$|^[0-9a-f]{64}$/.test(name);

/** Yields the paths of all files below a folder, and of the folders that have the name of a file. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of (await unlessMissing(() => readdir(folder, { withFileTypes: true }))) ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !isFileName(entry.name)) yield* filesBelow(path);
    else yield path;
  }
}

/** Returns what is wrong with one file of the domains. */
async function problemOf(path: string): Promise<string | undefined> {
  if (!path.endsWith('.json')) return undefined;
  return isUsable(async () => {
    const content = await readJson(path);
    if (/[\\/](?:packages|uploads)[\\/]/.test(path) && !isPackage(content)) throw new Error('it has no versions');
  });
}

/** Yields the damaged parts of a stopped stack. Parts in place of others come first. */
async function* damagedParts(folder: string): AsyncGenerator<Moved> {
  for (const name of [...folderNames, ...fileNames]) {
    const found = await unlessMissing(() => stat(join(folder, name)));
    const isFolder = folderNames.some((known) => known === name);
    if (found && found.isDirectory() !== isFolder) {
      yield { path: name, reason: isFolder ? 'it is not a folder' : 'it is not a file' };
    }
  }
  const tables = await isUsable(() => readJournal(join(folder, 'tables'), () => undefined));
  if (tables !== undefined) yield { path: 'tables', reason: tables };
  for await (const path of filesBelow(join(folder, 'domains'))) {
    const reason = await problemOf(path);
    if (reason !== undefined) yield { path: relative(folder, path), reason };
  }
  for await (const path of filesBelow(join(folder, 'files'))) {
    const [, digest] = /[\\/]([0-9a-f]{64})$/.exec(path) ?? [];
    if (digest !== undefined && (await digestOfFile(path).catch(() => '')) !== digest) {
      yield { path: relative(folder, path), reason: 'it does not match its digest' };
    }
  }
}

/**
 * Stops the stack, and moves each damaged part into a folder next to it, so that the next start makes it again: records
 * by vetting again, packages and files by fetching them again. People's decisions are in a file of their own.
 *
 * @returns the parts that were moved, and the folder that they were moved to.
 * @throws {AwspipError} `stack-busy` (69), `state-folder` (78).
 */
export async function repairStack({
  stateDirectory,
  now,
}: {
  readonly stateDirectory: string;
  readonly now: number;
}): Promise<{ readonly moved: readonly Moved[]; readonly to: string }> {
  const to = join(stateDirectory, `damaged-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`);
  const moved: Moved[] = [];
  if ((await unlessMissing(() => stat(stateDirectory))) === undefined) return { moved, to };
  await stopStack({ stateDirectory, waitSeconds: 0 });
  const lock = await acquireLockWithin(stateDirectory, 50);
  try {
    for await (const part of damagedParts(stateDirectory)) {
      const target = join(to, part.path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const isMoved = await unlessMissing(async () => {
        await rename(join(stateDirectory, part.path), target);
        return true;
      });
      if (isMoved) moved.push(part);
    }
    return { moved, to };
  } catch (error) {
    throw failureCode(error) === undefined ? error : stateFolderError(stateDirectory, error);
  } finally {
    await lock.release();
  }
}
