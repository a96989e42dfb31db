import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { prepareStateFolder, stateFolderTrouble } from '../files.ts';
import { filesOf } from './folder.ts';
import { isAlive } from './health.ts';
import type { StartedProcess } from './types.ts';

const maxLogBytes = 5 * 1024 * 1024;
/** A starter that took longer than this is taken for dead. */
const maxStartMilliseconds = 15_000;

/**
 * Says that this process starts a stack now, so that twenty at once don't start twenty. A courtesy: the lock decides.
 *
 * @returns how to end the claim, or undefined when somebody else is starting.
 */
export async function claimStart(stateDirectory: string, now: number): Promise<(() => Promise<void>) | undefined> {
  const { starting } = filesOf(stateDirectory);
  try {
    const handle = await open(starting, 'wx', 0o600);
    await handle.writeFile(String(process.pid)).finally(() => handle.close());
    return () => rm(starting, { force: true });
  } catch (error) {
    const found = await stat(starting).catch(() => undefined);
    if (!found) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
      throw stateFolderTrouble(stateDirectory, error);
    }
    const pid = Number(await readFile(starting, 'utf8').catch(() => ''));
    const dead = Number.isInteger(pid) && pid > 0 && !isAlive(pid);
    if (dead || Math.abs(now - found.mtimeMs) > maxStartMilliseconds) await rm(starting, { force: true });
    return undefined;
  }
}

/** Runs `spawn` with the log file opened; a log that grew too long is put aside. */
export async function startProcess(
  stateDirectory: string,
  start: (logFile: number) => StartedProcess,
): Promise<StartedProcess> {
  const { log, oldLog } = filesOf(stateDirectory);
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maxLogBytes) await rename(log, oldLog).catch(() => undefined);
  try {
    const handle = await open(log, 'a', 0o600);
    try {
      return start(handle.fd);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw stateFolderTrouble(stateDirectory, error);
  }
}

/**
 * What to say of a background process that ended without a stack.
 *
 * @throws {AwspipError} `state-folder` (78) when the folder cannot be written any more: then the log says nothing.
 */
export async function notStarted(stateDirectory: string, code: number | null, logFrom: number): Promise<AwspipError> {
  await prepareStateFolder(stateDirectory);
  const { log } = filesOf(stateDirectory);
  const text = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(logFrom).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  const how = code === null ? 'was killed' : `ended with code ${code}`;
  return new AwspipError('stack-not-started', `the local stack ${how}: ${telling.trim().slice(0, 500)}`, {
    exit: code === 78 ? 'configuration' : 'unavailable',
    hint: 'see `awspip local logs`',
  });
}
