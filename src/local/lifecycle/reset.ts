import { rm, stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { stateFolderTrouble } from '../files.ts';
import { pause } from '../pause.ts';
import { keptOf } from './folder.ts';
import { type Lock, takeLock } from './lock.ts';
import { stopStack } from './stop.ts';

async function lockWithin(stateDirectory: string, attempts: number): Promise<Lock> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const lock = await takeLock(stateDirectory);
    if (lock) return lock;
    await pause(100);
  }
  throw new AwspipError('stack-busy', `another process is using \`${stateDirectory}\``, {
    exit: 'unavailable',
    hint: 'stop it with `awspip local down`',
  });
}

/**
 * Stops the stack and forgets everything it kept: packages, records, executions, its secret. Only what the stack made
 * is removed; the folder stays, and so does the lock in it, which somebody else may be about to take.
 *
 * @throws {AwspipError} `stack-busy` (69), `state-folder` (78).
 */
export async function resetStack({ stateDirectory }: { readonly stateDirectory: string }): Promise<void> {
  const found = await stat(stateDirectory).catch(() => undefined);
  if (!found) return;
  await stopStack({ stateDirectory, waitSeconds: 0 });
  const lock = await lockWithin(stateDirectory, 50);
  try {
    for (const path of keptOf(stateDirectory)) await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw stateFolderTrouble(stateDirectory, error);
  } finally {
    await lock.release();
  }
}
