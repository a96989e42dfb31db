import { stat } from 'node:fs/promises';
import { AwspipError } from '../../errors.ts';
import { compareVersions } from '../../index/versions.ts';
import { prepareStateFolder } from '../files.ts';
import { pause } from '../pause.ts';
import { filesOf } from './folder.ts';
import { askToDrain, findRunning, isAlive } from './health.ts';
import { claimStart, notStarted, startProcess } from './start.ts';
import type { EnsureOptions, RunningStack, StartedProcess } from './types.ts';

/**
 * What to do about the stack that runs. An older one is replaced, a newer one is used; one for other indexes or
 * another policy is replaced whatever its version, or packages would be vetted by somebody else's settings.
 */
export function decide(
  running: Pick<RunningStack, 'version' | 'fingerprint' | 'draining'> | undefined,
  wanted: { readonly version: string; readonly fingerprint: string },
): 'start' | 'use' | 'replace' | 'wait' {
  if (!running) return 'start';
  if (running.draining) return 'wait';
  if (running.fingerprint !== wanted.fingerprint) return 'replace';
  return compareVersions(running.version, wanted.version) < 0 ? 'replace' : 'use';
}

const betweenLooks = 100;

/** Starts the process and watches it until a stack answers, whoever's it is. Undefined: look again. */
async function startOne(
  { stateDirectory, spawn, now }: EnsureOptions,
  deadline: number,
): Promise<RunningStack | undefined> {
  const release = await claimStart(stateDirectory, now());
  if (!release) return undefined;
  try {
    const logFrom = await stat(filesOf(stateDirectory).log).then(
      ({ size }) => size,
      () => 0,
    );
    const child = await startProcess(stateDirectory, spawn);
    const ended = endOf(child);
    while (now() < deadline) {
      const running = await findRunning(stateDirectory, { use: true });
      if (running) return running;
      const end = await Promise.race([ended, pause(betweenLooks)]);
      // A process that finds the folder taken ends well: another's stack is about to answer, or to go.
      if (end?.code === 0) return undefined;
      if (end) throw await notStarted(stateDirectory, end.code, logFrom);
    }
    return undefined;
  } finally {
    await release();
  }
}

async function endOf({ exited }: StartedProcess): Promise<{ readonly code: number | null }> {
  return { code: await exited };
}

/** Asks a stack to go, and waits until it has. */
async function replace(running: RunningStack, drainSeconds: number, now: () => number): Promise<void> {
  await askToDrain(running, drainSeconds);
  const deadline = now() + (drainSeconds + 10) * 1000;
  while (isAlive(running.pid) && now() < deadline) await pause(betweenLooks);
}

/**
 * Gives the running stack of this folder, starting or replacing it if need be. However many ask at once, one is
 * started.
 *
 * @throws {AwspipError} `state-folder` (78), `stack-not-started` (69, or 78 when the process said so).
 */
export async function ensureStack(options: EnsureOptions): Promise<RunningStack> {
  const { stateDirectory, now, waitSeconds = 30, drainSeconds = 60 } = options;
  const first = await findRunning(stateDirectory, { use: true });
  if (first && decide(first, options) === 'use') return first;
  await prepareStateFolder(stateDirectory);
  const last = now() + (waitSeconds + 2 * drainSeconds) * 1000;
  let deadline = now() + waitSeconds * 1000;
  while (now() < Math.min(deadline, last)) {
    const running = await findRunning(stateDirectory, { use: true });
    const what = decide(running, options);
    if (running && what === 'use') return running;
    if (running && what === 'replace') {
      await replace(running, drainSeconds, now);
      deadline = now() + waitSeconds * 1000;
    } else if (running) {
      deadline = Math.max(deadline, now() + 5000);
      await pause(betweenLooks);
    } else {
      const started = await startOne(options, deadline);
      if (started && decide(started, options) === 'use') return started;
      await pause(betweenLooks);
    }
  }
  throw new AwspipError('stack-not-started', `the local stack did not answer within ${waitSeconds} seconds`, {
    exit: 'unavailable',
    hint: 'see `awspip local logs`',
  });
}
