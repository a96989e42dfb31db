import { stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { prepareStateFolder } from '../files.ts';
import { pause } from '../pause.ts';
import { findRunningStack, isProcessAlive, requestIdleDrain } from './control-client.ts';
import { claimStart, notStarted, startProcess } from './start-process.ts';
import { stateFiles } from './state-files.ts';
import type { EnsureOptions, RunningStack } from './types.ts';

const pollMilliseconds = 100;
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

/**
 * Returns the running stack of this folder, and starts one when none runs. Concurrent callers share one stack.
 *
 * @throws {AwspipError} `state-folder` (78), `stack-not-started` (69, or 78 if the process exited with 78).
 */
export async function ensureStack(options: EnsureOptions): Promise<RunningStack> {
  const { stateDirectory, now, waitSeconds = 30 } = options;
  const first = await findRunningStack(stateDirectory, { use: true });
  if (first && !first.draining) return first;
  await prepareStateFolder(stateDirectory);
  const deadline = now() + waitSeconds * 1000;
  while (now() < deadline) {
    const running = await findRunningStack(stateDirectory, { use: true });
    if (running && !running.draining) return running;
    const started = running ? undefined : await startOne(options, deadline);
    if (started && !started.draining) return started;
    await pause(pollMilliseconds);
  }
  throw new AwspipError('stack-not-started', `the local stack did not answer within ${waitSeconds} seconds`, {
    exit: 'unavailable',
    hint: 'read the log with `awspip local logs`',
  });
}
