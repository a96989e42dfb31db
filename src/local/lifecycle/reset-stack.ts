import { rm, stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { stateFolderError } from '../files.ts';
import { pause } from '../pause.ts';
import { acquireLock, type Lock } from './lock.ts';
import { resetPaths } from './state-files.ts';
import { stopStack } from './stop-stack.ts';

async function acquireLockWithin(stateDirectory: string, attempts: number): Promise<Lock> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const lock = await acquireLock(stateDirectory);
    if (lock) return lock;
    await pause(100);
  }
  throw new AwspipError('stack-busy', `another process is using \`${stateDirectory}\``, {
    exit: 'unavailable',
    hint: 'stop it with `awspip local down`',
  });
}

/**
 * Stops the stack and removes everything that it stored: packages, records, executions and its secret. Other files in
 * the folder stay, and so does the lock, which another process may be acquiring.
 *
 * @throws {AwspipError} `stack-busy` (69), `state-folder` (78).
 */
export async function resetStack({ stateDirectory }: { readonly stateDirectory: string }): Promise<void> {
  const found = await stat(stateDirectory).catch(() => undefined);
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
