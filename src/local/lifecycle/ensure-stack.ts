import { stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { compareVersions } from '../../index/versions.ts';
import { prepareStateFolder } from '../files.ts';
import { pause } from '../pause.ts';
import { findRunningStack, isProcessAlive, requestDrain } from './control-client.ts';
import { claimStart, notStarted, startProcess } from './start-process.ts';
import { stateFiles } from './state-files.ts';
import type { EnsureOptions, RunningStack } from './types.ts';

/**
 * Decides what to do with the stack that runs. An older version is replaced, and a newer one is used. A stack with
 * other indexes or another policy is always replaced, because it would vet packages with the wrong configuration.
 */
export function chooseStackAction(
  running: Pick<RunningStack, 'version' | 'fingerprint' | 'draining'> | undefined,
  client: { readonly version: string; readonly fingerprint: string },
): 'start' | 'use' | 'replace' | 'wait' {
  if (!running) return 'start';
  if (running.draining) return 'wait';
  if (running.fingerprint !== client.fingerprint) return 'replace';
  return compareVersions(running.version, client.version) < 0 ? 'replace' : 'use';
}

const pollMilliseconds = 100;

/**
 * Starts the process and waits until a stack answers, which may be one that another process started.
 *
 * @returns undefined when the caller must check again.
 */
async function startOne(
  { stateDirectory, spawn, now }: EnsureOptions,
  deadline: number,
): Promise<RunningStack | undefined> {
  const release = await claimStart(stateDirectory, now());
  if (!release) return undefined;
  try {
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

/** Requests that a stack stops, and waits until its process has exited. */
async function stopForReplacement(running: RunningStack, drainSeconds: number, now: () => number): Promise<void> {
  await requestDrain(running, drainSeconds);
  const deadline = now() + (drainSeconds + 10) * 1000;
  while (isProcessAlive(running.pid) && now() < deadline) await pause(pollMilliseconds);
}

/**
 * Returns the running stack of this folder, and starts or replaces it when needed. Concurrent callers share one stack.
 *
 * @throws {AwspipError} `state-folder` (78), `stack-not-started` (69, or 78 if the process exited with 78).
 */
export async function ensureStack(options: EnsureOptions): Promise<RunningStack> {
  const { stateDirectory, now, waitSeconds = 30, drainSeconds = 60 } = options;
  const first = await findRunningStack(stateDirectory, { use: true });
  if (first && chooseStackAction(first, options) === 'use') return first;
  await prepareStateFolder(stateDirectory);
  const finalDeadline = now() + (waitSeconds + 2 * drainSeconds) * 1000;
  let deadline = now() + waitSeconds * 1000;
  while (now() < Math.min(deadline, finalDeadline)) {
    const running = await findRunningStack(stateDirectory, { use: true });
    const action = chooseStackAction(running, options);
    if (running && action === 'use') return running;
    if (running && action === 'replace') {
      await stopForReplacement(running, drainSeconds, now);
      deadline = now() + waitSeconds * 1000;
    } else if (running) {
      deadline = Math.max(deadline, now() + 5000);
      await pause(pollMilliseconds);
    } else {
      const started = await startOne(options, deadline);
      if (started && chooseStackAction(started, options) === 'use') return started;
      await pause(pollMilliseconds);
    }
  }
  throw new AwspipError('stack-not-started', `the local stack did not answer within ${waitSeconds} seconds`, {
    exit: 'unavailable',
    hint: 'read the log with `awspip local logs`',
  });
}
