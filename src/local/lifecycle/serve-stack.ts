import { AwspipError } from '../../errors.ts';
import { prepareStateFolder } from '../files.ts';
import type { Stack } from '../types.ts';
import { removeHolder, writeHolder } from './holder.ts';
import { inheritState } from './inherit-state.ts';
import { acquireLock } from './lock.ts';
import { lastPort, removePortFile, writePortFile } from './port-file.ts';
import { writeStartFailure } from './start-failure.ts';

/** The configuration of the background process. */
export type ServeOptions = {
  readonly stateDirectory: string;
  /** The folders of the stacks of older versions, whose data is moved to a folder without data. */
  readonly olderDirectories: readonly string[];
  readonly version: string;
  /** The stack stops after this time without a request or a running execution. */
  readonly idleSeconds: number;
  /** How long a drain waits for running executions if the request for it sets no limit. */
  readonly drainSeconds?: number;
  /** Opens the stack with these options. Called while the lock is held. */
  readonly open: (options: {
    readonly port: number | undefined;
    readonly onDrain: (waitSeconds: number | undefined) => void;
  }) => Promise<Stack>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Aborted by SIGTERM, SIGINT and SIGHUP. */
  readonly signal: AbortSignal;
};

/** Why a stack stopped. `locked`: another process runs the folder's stack. */
export type StopReason = 'locked' | 'idle' | 'drained' | 'signalled';

/** Resolves when the stack has been idle for `idleSeconds`. */
function idle(stack: Stack, { idleSeconds, now }: ServeOptions, stop: AbortSignal): Promise<'idle'> {
  const milliseconds = idleSeconds * 1000;
  return new Promise((resolve) => {
    const check = (): void => {
      if (stack.running() === 0 && now() - stack.lastUsed() >= milliseconds) resolve('idle');
    };
    const timer = setInterval(check, Math.min(30_000, Math.max(50, milliseconds / 4)));
    stop.addEventListener('abort', () => clearInterval(timer), { once: true });
  });
}

function signalled(signal: AbortSignal): Promise<'signalled'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('signalled');
    else signal.addEventListener('abort', () => resolve('signalled'), { once: true });
  });
}

async function serve(options: ServeOptions): Promise<StopReason> {
  const { stateDirectory, version, open, log, drainSeconds = 60 } = options;
  let drain: (waitSeconds: number | undefined) => void = () => undefined;
  const drained = new Promise<{ readonly waitSeconds: number }>((resolve) => {
    drain = (waitSeconds = drainSeconds) => resolve({ waitSeconds });
  });
  const port = await lastPort(stateDirectory);
  const stack = await open({ port, onDrain: (waitSeconds) => drain(waitSeconds) });
  const stop = new AbortController();
  try {
    await writePortFile(stateDirectory, stack, process.pid, version);
    log(`awspip ${version}: the local stack listens on ${stack.endpoint}, process ${process.pid}`);
    const end = await Promise.race([idle(stack, options, stop.signal), drained, signalled(options.signal)]);
    const reason = typeof end === 'string' ? end : 'drained';
    log(`the local stack is stopping: ${reason}`);
    if (typeof end !== 'string') await stack.drain(end.waitSeconds);
    return reason;
  } finally {
    stop.abort();
    // The port file is removed before the port closes, so that clients do not connect to a stack that is closing.
    await removePortFile(stateDirectory, process.pid).catch(() => undefined);
    await stack.close();
  }
}

/**
 * Acquires the folder's lock, opens the stack, writes the port file, and returns after the stack has closed. Returns
 * `locked` without waiting when another process holds the lock.
 *
 * @throws {AwspipError} `state-folder` (78), `state-damaged` (69).
 */
export async function serveStack(options: ServeOptions): Promise<StopReason> {
  await prepareStateFolder(options.stateDirectory);
  const lock = await acquireLock(options.stateDirectory);
  if (!lock) return 'locked';
  try {
    await writeHolder(options.stateDirectory, process.pid);
    const older = await inheritState(options.stateDirectory, options.olderDirectories);
    if (older !== undefined) options.log(`moved the data from ${older}`);
    return await serve(options);
  } catch (error) {
    if (error instanceof AwspipError) await writeStartFailure(options.stateDirectory, error);
    throw error;
  } finally {
    await removeHolder(options.stateDirectory, process.pid).catch(() => undefined);
    await lock.release();
  }
}
