import { readFile, rm } from 'node:fs/promises';
import { writeFileAtomically } from '../files.ts';
import { isLocked } from './lock.ts';
import { readPortFile } from './port-file.ts';
import { stateFiles } from './state-files.ts';

/** Writes which process holds the lock, so that it can be ended when it does not answer. */
export function writeHolder(stateDirectory: string, pid: number): Promise<void> {
  return writeFileAtomically(stateFiles(stateDirectory).holder, String(pid));
}

/** Removes the note of this process. */
export async function removeHolder(stateDirectory: string, pid: number): Promise<void> {
  if ((await readHolder(stateDirectory)) === pid) await rm(stateFiles(stateDirectory).holder, { force: true });
}

async function readHolder(stateDirectory: string): Promise<number | undefined> {
  const text = await readFile(stateFiles(stateDirectory).holder, 'utf8').catch(() => '');
  const pid = Number(text);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Whether a process holds the folder's lock, and which one if it left a note. */
export type Holder = { readonly pid: number | undefined };

/** Returns the process that holds the folder's lock, or undefined if none does. */
export async function findHolder(stateDirectory: string): Promise<Holder | undefined> {
  if (!(await isLocked(stateDirectory))) return undefined;
  // Without a note, the port file names the process that wrote it.
  return { pid: (await readHolder(stateDirectory)) ?? (await readPortFile(stateDirectory))?.pid };
}
