import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { prepareStateFolder, stateFolderError } from '../files.ts';
import { isProcessAlive } from './control-client.ts';
import { takeStartFailure } from './start-failure.ts';
import { stateFiles } from './state-files.ts';
import type { StartedProcess } from './types.ts';

const maxLogBytes = 5 * 1024 * 1024;
/** A process that takes longer than this to start the stack counts as dead. */
const maxStartMilliseconds = 15_000;

/**
 * Claims the start of the stack, so that concurrent commands start one process. This only saves work: the lock ensures
 * that one stack runs.
 *
 * @returns a function that releases the claim, or undefined when another process holds it.
 */
export async function claimStart(stateDirectory: string, now: number): Promise<(() => Promise<void>) | undefined> {
  const { starting } = stateFiles(stateDirectory);
  try {
    const handle = await open(starting, 'wx', 0o600);
    await handle.writeFile(String(process.pid)).finally(() => handle.close());
    return () => rm(starting, { force: true });
  } catch (error) {
    const found = await stat(starting).catch(() => undefined);
    if (!found) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
      throw stateFolderError(stateDirectory, error);
    }
    const pid = Number(await readFile(starting, 'utf8').catch(() => ''));
    const isDead = Number.isInteger(pid) && pid > 0 && !isProcessAlive(pid);
    if (isDead || Math.abs(now - found.mtimeMs) > maxStartMilliseconds)
      await rm(starting, { recursive: true, force: true });
    return undefined;
  }
}

/** Starts the process with the log file as its output. A log that is too large is renamed first. */
export async function startProcess(
  stateDirectory: string,
  start: (logFile: number) => StartedProcess,
): Promise<StartedProcess> {
  const { log, oldLog } = stateFiles(stateDirectory);
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
    throw stateFolderError(stateDirectory, error);
  }
}

/**
 * Returns the error for a background process that ended before its stack answered. It quotes the log from `logOffset`.
 *
 * @throws {AwspipError} `state-folder` (78) when the folder cannot be written to, because then the log has no reason.
 */
export async function notStarted(stateDirectory: string, code: number | null, logOffset: number): Promise<AwspipError> {
  await prepareStateFolder(stateDirectory);
  const failure = await takeStartFailure(stateDirectory);
  if (failure) return failure;
  const { log } = stateFiles(stateDirectory);
  const text = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(logOffset).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'its log is empty';
  const end = code === null ? 'was killed' : `exited with code ${code}`;
  return new AwspipError('stack-not-started', `the local stack ${end}: ${reason.trim().slice(0, 500)}`, {
    exit: code === 78 ? 'configuration' : 'unavailable',
    hint: 'read the log with `awspip local logs`',
  });
}
