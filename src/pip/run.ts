import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { AwspipError } from '../errors.ts';
import type { PipProgram } from './find.ts';
import { hasTerminal } from './foreground.ts';
import { openHeldOutput } from './held-output.ts';
import { pipCommand } from './launch.ts';

/** Where pip's stderr goes: `process.stderr` fits. */
export type StderrSink = {
  /** False when full: nothing more is read from pip before `drain`. */
  readonly write: (bytes: Uint8Array) => boolean;
  readonly on: (event: 'drain' | 'error' | 'close', listener: () => void) => unknown;
  readonly removeListener: (event: 'drain' | 'error' | 'close', listener: () => void) => unknown;
};

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Signals that reach awspip: `process` fits. */
export type SignalPort = {
  readonly on: (signal: Signal, listener: () => void) => unknown;
  readonly removeListener: (signal: Signal, listener: () => void) => unknown;
};

export type PipRun = {
  /** pip's own, or 128 + the signal's number. */
  readonly exitCode: number;
  readonly signal?: string;
  /** Somebody asked awspip to stop while pip ran; whatever pip says then is no failure. */
  readonly interrupted: boolean;
  /** The last MiB. */
  readonly stderr: string;
  /** What was not shown; show it when nothing comes of it. */
  readonly heldBack: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly seconds: number;
};

export type RunPip = {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stderr: StderrSink;
  /** Whether to withhold pip's words about what it misses. */
  readonly holdMissingLines: boolean;
  /** Whether pip writes a report for us, of which it need not warn anybody. */
  readonly ownReport?: boolean;
  /** Replaces pip's line about its indexes on the console, once; an empty text drops it. Absent: pip's own line. */
  readonly indexLine?: string;
  readonly signals: SignalPort;
  readonly now?: () => number;
};

const maxStderrLength = 1024 * 1024;
/** How long a background process that pip left behind may keep stderr open after pip's end, milliseconds. */
const orphanGraceMilliseconds = 1000;
/** How long pip may take to end by itself, in case that somebody interrupted it as well as us, milliseconds. */
const interruptedTime = 500;

/**
 * Runs pip with our stdin and stdout, its stderr passed on as it comes. SIGINT from a terminal reaches pip by itself
 * and is only noted; SIGINT for us alone, SIGTERM and SIGHUP are passed on.
 * @throws AwspipError configuration when it cannot be started.
 */
export async function runPip(program: PipProgram, argv: readonly string[], options: RunPip): Promise<PipRun> {
  const { environment, cwd, signals, indexLine, now = Date.now } = options;
  const startedAt = now();
  const child = start(program, argv, { env: environment, cwd, stdio: ['inherit', 'inherit', 'pipe'] }, indexLine);
  const teed = tee(child, options);
  const ended = await untilExit(child, program, signals);
  const { stderr, heldBack } = await teed();
  return { ...ended, stderr, heldBack, startedAt, seconds: (now() - startedAt) / 1000 };
}

/** Runs pip straight through: all three streams are ours. */
export async function execPip(
  program: PipProgram,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  signals: SignalPort,
): Promise<Pick<PipRun, 'exitCode' | 'signal' | 'interrupted'>> {
  const child = start(program, argv, { env: environment, stdio: 'inherit' });
  return untilExit(child, program, signals);
}

function start(
  program: PipProgram,
  argv: readonly string[],
  options: Parameters<typeof spawn>[2],
  indexLine?: string,
): ChildProcess {
  const [file = '', ...first] = pipCommand(program, entriesOf(String(options.cwd ?? '.')), indexLine);
  try {
    return spawn(file, [...first, ...argv], { ...options, shell: false });
  } catch (cause) {
    throw notStarted(program, cause);
  }
}

function entriesOf(folder: string): string[] | undefined {
  try {
    return readdirSync(realpathSync(folder)); // a folder that was removed has no real path, yet can be listed
  } catch {
    return undefined;
  }
}

function notStarted(program: PipProgram, cause: unknown): AwspipError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const reason = code === 'E2BIG' ? 'the command line and environment are too long for this system' : code;
  return new AwspipError('pip-not-started', `\`${program.python}\` could not be started: ${reason}`, {
    exit: 'configuration',
    hint: 'name another Python with `--awspip-python PATH`',
    cause,
  });
}

function untilExit(child: ChildProcess, program: PipProgram, signals: SignalPort) {
  let interrupted = false;
  let later: NodeJS.Timeout | undefined;
  const listeners: Record<Signal, () => void> = {
    // The terminal sends it to the whole group: a second one of ours would break off pip's cleaning up.
    SIGINT: () => {
      interrupted = true;
      if (!hasTerminal()) later ??= setTimeout(() => passOn('SIGINT'), interruptedTime);
    },
    SIGTERM: () => passOn('SIGTERM'),
    SIGHUP: () => passOn('SIGHUP'),
  };
  const passOn = (signal: Signal) => {
    interrupted = true;
    child.kill(signal);
  };
  const each = Object.entries(listeners) as [Signal, () => void][];
  for (const [signal, listener] of each) signals.on(signal, listener);
  const stop = () => {
    clearTimeout(later);
    for (const [signal, listener] of each) signals.removeListener(signal, listener);
  };
  return new Promise<Pick<PipRun, 'exitCode' | 'signal' | 'interrupted'>>((resolve, reject) => {
    child.once('error', (cause) => {
      // An `error` of a child that runs is a signal that could not be sent: it has ended, or will.
      if (child.pid === undefined) reject(notStarted(program, cause));
    });
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
      resolve({ exitCode, ...(signal && { signal }), interrupted });
    });
  }).finally(stop);
}

/** Passes the child's stderr on, and answers, once the child has ended, with what it was. */
function tee(child: ChildProcess, { stderr, holdMissingLines, ownReport = false }: RunPip) {
  const stream = child.stderr;
  const filter = holdMissingLines ? openHeldOutput({ ownReport }) : undefined;
  const sink = lenientSink(stderr);
  const kept: Buffer[] = [];
  let length = 0;

  async function copy(): Promise<void> {
    for await (const chunk of stream ?? []) {
      kept.push(chunk);
      length += chunk.length;
      while (length - (kept[0]?.length ?? 0) >= maxStderrLength) length -= kept.shift()?.length ?? 0;
      await sink.write(filter ? filter.push(chunk) : chunk);
    }
  }
  // Cut off after pip's end: what was read until then counts.
  const copied = copy().catch(() => {});
  return async () => {
    const timer = setTimeout(() => stream?.destroy(), orphanGraceMilliseconds);
    await copied;
    clearTimeout(timer);
    const { pass, held } = filter?.end() ?? { pass: new Uint8Array(), held: '' };
    await sink.write(pass);
    sink.done();
    return { stderr: Buffer.concat(kept).subarray(-maxStderrLength).toString('utf8'), heldBack: held };
  };
}

/** Waits while the reader is slow; one that went away stops nothing, for pip is to end by itself. */
function lenientSink(sink: StderrSink) {
  let gone = false;
  let wake = () => {};
  const drained = () => wake();
  const left = () => {
    gone = true;
    wake();
  };
  sink.on('drain', drained);
  sink.on('error', left);
  sink.on('close', left);
  return {
    async write(bytes: Uint8Array): Promise<void> {
      if (gone || bytes.length === 0) return;
      const waited = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!sink.write(bytes) && !gone) await waited;
    },
    done() {
      sink.removeListener('drain', drained);
      sink.removeListener('error', left);
      sink.removeListener('close', left);
    },
  };
}
