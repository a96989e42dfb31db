import { rm, stat } from 'node:fs/promises';
import { stateFolderError, unlessMissing } from '../files.ts';
import { acquireLockWithin } from './lock-within.ts';
import { resetPaths } from './state-files.ts';
import { stopStack } from './stop-stack.ts';

/**
 * Stops the stack and removes everything that it stored: packages, records, executions and its secret. Other files in
 * the folder stay, as do people's decisions, and the lock, which another process may be acquiring.
 *
 * @throws {AwspipError} `stack-busy` (69), `state-folder` (78).
 */
export async function resetStack({ stateDirectory }: { readonly stateDirectory: string }): Promise<void> {
  const found = await unlessMissing(() => stat(stateDirectory));
  if (!found) return;
  await stopStack({ stateDirectory, waitSeconds: 0 });
  const lock = await acquireLockWithin(stateDirectory, 50);
  try {
    for (const path of resetPaths(stateDirectory)) await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw stateFolderError(stateDirectory, error);
  } finally {
    await lock.release();
  }
}
