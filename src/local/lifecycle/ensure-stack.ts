import { stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { prepareStateFolder } from '../files.ts';
import { pause } from '../pause.ts';
import { findRunningStack, isProcessAlive, probeStack, requestIdleDrain } from './control-client.ts';
import { findHolder } from './holder.ts';
import { claimStart, notStarted, startProcess } from './start-process.ts';
import { stateFiles } from './state-files.ts';
import type { EnsureOptions, RunningStack } from './types.ts';

const pollMilliseconds = 100;
/** How long to wait for an answer of the stack at the most, and how long for its start at the least. */
const maxWaitSeconds = 30;
const minStartSeconds = 10;
/** Time that the stack of an older version gets to stop, so that the new one can use its data. */
const maxStopMilliseconds = 5000;

/**
 * Stops the stacks of older versions on which nothing is under way. The others go on: stacks of two versions can run
 * side by side.
 */
async function stopIdleStacks(directories: readonly string[], now: () => number): Promise<void> {
  for (const directory of directories) {
    const running = await findRunningStack(directory, { use: false });
    if (!running || !(await requestIdleDrain(running))) continue;
    const deadline = now() + maxStopMilliseconds;
    while (isProcessAlive(running.pid) && now() < deadline) await pause(pollMilliseconds);
  }
}

/**
 * Starts the process and waits until a stack answers, which may be one that another process started.
 *
 * @returns undefined when the caller must check again.
 */
async function startOne(
  { stateDirectory, olderDirectories, spawn, now }: EnsureOptions,
  deadline: number,
): Promise<RunningStack | undefined> {
  const release = await claimStart(stateDirectory, now());
  if (!release) return undefined;
  try {
    await stopIdleStacks(olderDirectories, now);
    const logOffset = await stat(stateFiles(stateDirectory).log).then(
      ({ size }) => size,
      () => 0,
    );
    const { exited } = await startProcess(stateDirectory, spawn);
    const exit = exited.then((code) => ({ code }));
    while (now() < deadline) {
      const running = await findRunningStack(stateDirectory, { use: true });
      if (running) return running;
      const ended = await Promise.race([exit, pause(pollMilliseconds)]);
      // The process exits with code 0 when another process holds the lock. That stack will answer, or it is stopping.
      if (ended?.code === 0) return undefined;
      if (ended) throw await notStarted(stateDirectory, ended.code, logOffset);
    }
    return undefined;
  } finally {
    await release();
  }
}

/** Returns the error for a process that holds the folder's lock and does not answer. */
function busy(pid: number | undefined): AwspipError {
  const name = pid === undefined ? 'another process' : `process ${pid}`;
  return new AwspipError('stack-busy', `the local stack runs as ${name}, but does not answer`, {
    exit: 'unavailable',
    hint: 'end it with `awspip local down`, then run the same command again',
  });
}

/**
 * Returns the running stack of this folder, and starts one when none runs. Concurrent callers share one stack.
 *
 * @throws {AwspipError} `stack-busy` (69) when one runs and does not answer; `state-folder` (78); `stack-not-started`
 * (69, or 78 if the process exited with 78).
 */
export async function ensureStack(options: EnsureOptions): Promise<RunningStack> {
  const { stateDirectory, now, waitSeconds = maxWaitSeconds } = options;
  const startedAt = now();
  const answerBy = startedAt + Math.min(waitSeconds, maxWaitSeconds) * 1000;
  // A start is work of the command rather than a wait, so it gets some seconds in any case.
  const startBy = Math.max(answerBy, startedAt + minStartSeconds * 1000);
  for (let isPrepared = false; ; isPrepared = true) {
    const found = await probeStack(stateDirectory, { use: true });
    if (found && found !== 'silent' && !found.draining) return found;
    if (!isPrepared) await prepareStateFolder(stateDirectory);
    // Another program may listen on the port of a stack that was killed.
    const holder = found === 'silent' ? await findHolder(stateDirectory) : undefined;
    if (holder && now() >= answerBy) throw busy(holder.pid);
    if (now() >= startBy) break;
    const isFree = holder === undefined && (found === undefined || found === 'silent');
    const started = isFree ? await startOne(options, startBy) : undefined;
    if (started && !started.draining) return started;
    await pause(pollMilliseconds);
  }
  const holder = await findHolder(stateDirectory);
  if (holder) throw busy(holder.pid);
  const seconds = Math.round((now() - startedAt) / 1000);
  throw new AwspipError('stack-not-started', `the local stack did not answer within ${seconds} seconds`, {
    exit: 'unavailable',
    hint: 'read the log with `awspip local logs`',
  });
}
