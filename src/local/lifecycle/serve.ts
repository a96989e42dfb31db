import { prepareStateFolder } from '../files.ts';
import type { Stack } from '../types.ts';
import { takeLock } from './lock.ts';
import { lastPort, removePortFile, writePortFile } from './port-file.ts';

/** What the background process runs. */
export type ServeOptions = {
  readonly stateDirectory: string;
  readonly version: string;
  /** Goes after so long without a request and without a running execution. */
  readonly idleSeconds: number;
  /** How long a drain waits for running executions, unless it is told otherwise. */
  readonly drainSeconds?: number;
  /** Opens the stack (`openStack` with what is given here); called with the lock held. */
  readonly open: (given: {
    readonly port: number | undefined;
    readonly onDrain: (waitSeconds: number | undefined) => void;
  }) => Promise<Stack>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
};

/** Why a stack ended. */
export type ServeEnd = 'taken' | 'idle' | 'drained' | 'signalled';

/** Settles when the stack has been idle for so long. */
function idle(stack: Stack, { idleSeconds, now }: ServeOptions, stop: AbortSignal): Promise<'idle'> {
  const milliseconds = idleSeconds * 1000;
  return new Promise((resolve) => {
    const look = (): void => {
      if (stack.running() === 0 && now() - stack.lastUsed() >= milliseconds) resolve('idle');
    };
    const timer = setInterval(look, Math.min(30_000, Math.max(50, milliseconds / 4)));
    stop.addEventListener('abort', () => clearInterval(timer), { once: true });
  });
}

function signalled(signal: AbortSignal): Promise<'signalled'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('signalled');
    else signal.addEventListener('abort', () => resolve('signalled'), { once: true });
  });
}

async function serve(options: ServeOptions): Promise<ServeEnd> {
  const { stateDirectory, version, open, log, drainSeconds = 60 } = options;
  let drain: (waitSeconds: number | undefined) => void = () => undefined;
  const drained = new Promise<{ readonly wait: number }>((resolve) => {
    drain = (waitSeconds) => resolve({ wait: waitSeconds ?? drainSeconds });
  });
  const port = await lastPort(stateDirectory);
  const stack = await open({ port, onDrain: (waitSeconds) => drain(waitSeconds) });
  const stop = new AbortController();
  try {
    await writePortFile(stateDirectory, stack, process.pid, version);
    log(`awspip ${version}: the local stack listens on ${stack.endpoint}, process ${process.pid}`);
    const end = await Promise.race([idle(stack, options, stop.signal), drained, signalled(options.signal)]);
    const reason = typeof end === 'string' ? end : 'drained';
    log(`the local stack ends: ${reason}`);
    if (typeof end !== 'string') await stack.drain(end.wait);
    return reason;
  } finally {
    stop.abort();
    // Gone from the file before gone from the port: nobody is sent to a stack that is closing.
    await removePortFile(stateDirectory, process.pid).catch(() => undefined);
    await stack.close();
  }
}

/**
 * Holds the folder's lock, opens the stack, writes the port file, and returns when the stack is closed: idle, drained
 * or signalled. Returns `taken` at once when another process holds the lock.
 *
 * @throws {AwspipError} `state-folder` (78).
 */
export async function serveStack(options: ServeOptions): Promise<ServeEnd> {
  await prepareStateFolder(options.stateDirectory);
  const lock = await takeLock(options.stateDirectory);
  if (!lock) return 'taken';
  try {
    return await serve(options);
  } finally {
    await lock.release();
  }
}
