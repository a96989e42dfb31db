import { AwspipError } from '../../errors.ts';
import { pause } from '../pause.ts';
import { acquireLock, type Lock } from './lock.ts';

/**
 * Acquires the folder's lock, and waits for another holder, for `attempts` tenths of a second.
 *
 * @throws {AwspipError} `stack-busy` (69), `state-folder` (78).
 */
export async function acquireLockWithin(stateDirectory: string, attempts: number): Promise<Lock> {
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
