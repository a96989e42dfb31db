import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { AwspipError } from '../errors.ts';
import type { Sandbox, SandboxedProcess } from '../sandbox/types.ts';
import type { PipProgram } from './find-pip.ts';
import { isForeground } from './foreground.ts';
import { openHeldOutput } from './held-output.ts';
import { type ChannelUse, channelDescriptor } from './pip-channel.ts';
import { isPipModule, pipCommand } from './pip-command.ts';

/** The destination of pip's output. `process.stderr` is one. */
export type StderrSink = {
  /** Returns false when full. Then no more output is read from pip before `drain`. */
  readonly write: (bytes: Uint8Array) => boolean;
  readonly on: (event: 'drain' | 'error' | 'close', listener: () => void) => unknown;
  readonly removeListener: (event: 'drain' | 'error' | 'close', listener: () => void) => unknown;
};

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The source of signals to awspip. `process` is one. */
export type SignalPort = {
  readonly on: (signal: Signal, listener: () => void) => unknown;
  readonly removeListener: (signal: Signal, listener: () => void) => unknown;
};

export type PipRun = {
  /** pip's own exit code, or 128 + the signal's number. */
  readonly exitCode: number;
  readonly signal?: string;
  /** Whether awspip was interrupted while pip ran. pip's output then does not count as a failure. */
  readonly interrupted: boolean;
  /** The last MiB of output. */
  readonly stderr: string;
  /** The last MiB of standard output, if it was copied. */
  readonly stdout?: string;
  /** The output that was held back. Print it if no vetting follows. */
  readonly heldLines: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly seconds: number;
};

export type RunPipOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stderr: StderrSink;
  /** Copies standard output to this sink unchanged, to read messages in it. Absent: pip has awspip's own. */
  readonly stdout?: StderrSink | undefined;
  /** Whether to hold back pip's messages about missing requirements. */
  readonly holdMissingLines: boolean;
  /** Whether pip writes a report for awspip, so that its warning about it is dropped. */
  readonly ownReport?: boolean;
  /** Replaces pip's line about its indexes on the console, once; an empty text drops it. Absent: pip's own line. */
  readonly indexLine?: string;
  /** Indexes of the policy, for which the repository stands. */
  readonly listedUrls?: readonly string[];
  readonly signals: SignalPort;
  /** Receives what pip's own `User-Agent` says of the interpreter, before pip's first request. Not in a sandbox. */
  readonly onInterpreter?: ((userAgent: string) => void) | undefined;
  /** Where pip and the builds that it runs are confined, if they are. */
  readonly sandbox?: Sandbox | undefined;
  readonly now?: () => number;
};

const maxKeptLength = 1024 * 1024;
/** A longer announcement is none. */
const maxAnnouncementLength = 8192;
/** Milliseconds that a background process may keep a copied stream open after pip ends. */
const orphanGraceMilliseconds = 1000;
/** Milliseconds that pip may take to end before SIGINT is forwarded, in case it was interrupted too. */
const interruptGraceMilliseconds = 500;

/** Where pip's process can have a channel: Windows hands no further descriptor on, and a sandbox has its own processes. */
const hasChannel = ({ sandbox }: RunPipOptions, program: PipProgram): boolean =>
  sandbox === undefined && process.platform !== 'win32' && isPipModule(program);

/**
 * Runs pip with awspip's stdin and stdout, and copies its stderr. SIGINT from a terminal reaches pip directly and is
 * only recorded. SIGINT sent to awspip alone, SIGTERM and SIGHUP are forwarded.
 *
 * @throws {AwspipError} `pip-not-started` (configuration).
 */
export async function runPip(program: PipProgram, argv: readonly string[], options: RunPipOptions): Promise<PipRun> {
  const { onInterpreter } = options;
  const announces = onInterpreter !== undefined && hasChannel(options, program);
  const started = startPip(program, argv, options, announces ? 'announce' : undefined);
  if (announces) readAnnouncement(started.child, onInterpreter);
  return started.finish();
}

/** A process that has loaded pip and waits. */
export type WaitingPip = {
  /** Lets pip run. Undefined if the process has ended meanwhile. */
  readonly run: () => Promise<PipRun> | undefined;
  /** Ends the process, unless pip runs. */
  readonly discard: () => void;
};

/**
 * Starts a process that loads what a command of pip needs and then waits, so that `run` takes less time. Undefined where
 * that isn't possible.
 *
 * @throws {AwspipError} `pip-not-started` (configuration).
 */
export function preparePip(
  program: PipProgram,
  argv: readonly string[],
  { verb, ...options }: RunPipOptions & { readonly verb: string },
): WaitingPip | undefined {
  if (!hasChannel(options, program)) return undefined;
  const { child, finish } = startPip(program, argv, options, { awaitsStartOf: verb });
  const channel = channelOf(child)?.on('error', () => {});
  let runs = false;
  return {
    run: () => {
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      runs = true;
      channel?.end('\n');
      return finish();
    },
    discard: () => {
      if (!runs) child.kill();
    },
  };
}

/** Starts pip. `finish` copies its output and waits for its end. Without it, nobody sees what a waiting process prints. */
function startPip(
  program: PipProgram,
  argv: readonly string[],
  options: RunPipOptions,
  channel: ChannelUse | undefined,
): { readonly child: ChildProcess; readonly finish: () => Promise<PipRun> } {
  const { environment, cwd, signals, indexLine, listedUrls, sandbox, now = Date.now } = options;
  const pipOptions = { environment, indexLine, listedUrls, channel };
  const streams = ['inherit', options.stdout === undefined ? 'inherit' : 'pipe', 'pipe'] as const;
  const stdio = channel === undefined ? streams : ([...streams, 'pipe'] as const);
  const started = start(program, argv, pipOptions, { cwd, sandbox, stdio });
  const exiting = untilExit(started, program, signals);
  exiting.catch(() => {}); // Nobody waits for a process that never runs pip.
  const finish = async (): Promise<PipRun> => {
    const startedAt = now();
    const finishStderr = copyStderr(started.child, options);
    const finishStdout = copyStream(started.child.stdout, options.stdout, { endsWithSink: true });
    const exit = await exiting;
    const [{ stderr, heldLines }, { text: stdout, sink }] = await Promise.all([finishStderr(), finishStdout()]);
    sink.done();
    return {
      ...exit,
      stderr,
      ...(options.stdout && { stdout }),
      heldLines,
      startedAt,
      seconds: (now() - startedAt) / 1000,
    };
  };
  return { child: started.child, finish };
}

/** Runs pip with all three streams of awspip. */
export async function execPip(
  program: PipProgram,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  signals: SignalPort,
  sandbox?: Sandbox,
): Promise<Pick<PipRun, 'exitCode' | 'signal' | 'interrupted'>> {
  const started = start(program, argv, { environment }, { sandbox, stdio: ['inherit', 'inherit', 'inherit'] });
  return untilExit(started, program, signals);
}

type StartOptions = {
  readonly cwd?: string;
  readonly sandbox: Sandbox | undefined;
  readonly stdio: readonly ('inherit' | 'pipe')[];
};

function start(
  program: PipProgram,
  argv: readonly string[],
  pipOptions: Parameters<typeof pipCommand>[2],
  { cwd, sandbox, stdio }: StartOptions,
): SandboxedProcess {
  const { command, environment } = pipCommand(program, argv, pipOptions);
  const [file, ...processArguments] = command;
  const folder = cwd === undefined ? {} : { cwd };
  try {
    if (sandbox !== undefined) return sandbox.spawn({ command, environment }, { cwd, stdio });
    const child = spawn(file, processArguments, { ...folder, stdio: [...stdio], env: environment, shell: false });
    return { child, interrupt: () => child.kill('SIGINT') };
  } catch (cause) {
    throw notStarted(program, cause);
  }
}

function notStarted(program: PipProgram, cause: unknown): AwspipError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const reason = code === 'E2BIG' ? 'the command line and environment are too long for this system' : code;
  return new AwspipError('pip-not-started', `\`${program.python}\` could not be started: ${reason}`, {
    exit: 'configuration',
    hint: 'pass another Python with `--awspip-python PATH`',
    cause,
  });
}

const channelOf = (child: ChildProcess) => child.stdio[channelDescriptor] as Duplex | null | undefined;

/** Passes the announcement of pip's process on, if there is one. */
function readAnnouncement(child: ChildProcess, onInterpreter: (userAgent: string) => void): void {
  const channel = channelOf(child);
  let text = '';
  channel
    ?.setEncoding('utf8')
    .on('error', () => {})
    .on('data', (chunk: string) => {
      text += chunk;
      if (text.length > maxAnnouncementLength) channel.destroy();
    })
    .on('end', () => {
      if (text !== '') onInterpreter(text);
    });
  // Another process may have the descriptor.
  child.once('exit', () => channel?.destroy());
}

function untilExit({ child, interrupt, signalOf }: SandboxedProcess, program: PipProgram, signals: SignalPort) {
  let interrupted = false;
  let forwardTimer: NodeJS.Timeout | undefined;
  const listeners: Record<Signal, () => void> = {
    // The terminal sends it to the whole process group. A second SIGINT would interrupt pip's cleanup.
    SIGINT: () => {
      interrupted = true;
      if (!isForeground()) forwardTimer ??= setTimeout(() => forward('SIGINT'), interruptGraceMilliseconds);
    },
    SIGTERM: () => forward('SIGTERM'),
    SIGHUP: () => forward('SIGHUP'),
  };
  const forward = (signal: Signal) => {
    interrupted = true;
    if (signal === 'SIGINT') interrupt();
    else child.kill(signal);
  };
  const entries = Object.entries(listeners) as [Signal, () => void][];
  for (const [signal, listener] of entries) signals.on(signal, listener);
  const stop = () => {
    clearTimeout(forwardTimer);
    for (const [signal, listener] of entries) signals.removeListener(signal, listener);
  };
  return new Promise<Pick<PipRun, 'exitCode' | 'signal' | 'interrupted'>>((resolve, reject) => {
    child.once('error', (cause) => {
      // An `error` event of a running child means that a signal could not be sent because it has ended.
      if (child.pid === undefined) reject(notStarted(program, cause));
    });
    child.once('exit', (code, ownSignal) => {
      const signal = ownSignal ?? signalOf?.(code ?? 0);
      const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
      resolve({ exitCode, ...(signal && { signal }), interrupted });
    });
  }).finally(stop);
}

/** Copies the child's stderr to the sink. The returned function waits for its end and returns the collected output. */
function copyStderr(child: ChildProcess, { stderr, holdMissingLines, ownReport = false }: RunPipOptions) {
  const filter = holdMissingLines ? openHeldOutput({ ownReport }) : undefined;
  const finish = copyStream(child.stderr, stderr, { filter: (chunk) => (filter ? filter.push(chunk) : chunk) });
  return async () => {
    const { text, sink } = await finish();
    const { pass, held } = filter?.end() ?? { pass: new Uint8Array(), held: '' };
    await sink.write(pass);
    sink.done();
    return { stderr: text, heldLines: held };
  };
}

type CopyOptions = {
  readonly filter?: (chunk: Buffer) => Uint8Array;
  /** Whether a closed sink ends the stream, as in `awspip exec -- yes | head`. Otherwise the rest is only collected. */
  readonly endsWithSink?: boolean;
};

/** Copies a stream to a sink. The returned function waits for its end and returns what was read last. */
function copyStream(
  stream: Readable | null,
  destination: StderrSink | undefined,
  { filter = (chunk) => chunk, endsWithSink = false }: CopyOptions,
) {
  const sink = lenientSink(destination);
  const chunks: Buffer[] = [];
  let length = 0;

  async function copy(): Promise<void> {
    for await (const chunk of stream ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      while (length - (chunks[0]?.length ?? 0) >= maxKeptLength) length -= chunks.shift()?.length ?? 0;
      await sink.write(filter(chunk));
      if (endsWithSink && sink.isClosed()) return; // leaving the loop closes the stream
    }
  }
  // The stream may be destroyed after pip's end. The output read until then counts.
  const copying = copy().catch(() => {});
  return async () => {
    const timer = setTimeout(() => stream?.destroy(), orphanGraceMilliseconds);
    await copying;
    clearTimeout(timer);
    return { text: Buffer.concat(chunks).subarray(-maxKeptLength).toString('utf8'), sink };
  };
}

/** Waits while the sink is full. A closed sink is ignored, so that pip ends normally. */
function lenientSink(sink: StderrSink | undefined) {
  let isClosed = false;
  let wake = () => {};
  const onDrain = () => wake();
  const markClosed = () => {
    isClosed = true;
    wake();
  };
  sink?.on('drain', onDrain);
  sink?.on('error', markClosed);
  sink?.on('close', markClosed);
  return {
    async write(bytes: Uint8Array): Promise<void> {
      if (sink === undefined || isClosed || bytes.length === 0) return;
      const drain = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!sink.write(bytes) && !isClosed) await drain;
    },
    isClosed: () => isClosed,
    done() {
      sink?.removeListener('drain', onDrain);
      sink?.removeListener('error', markClosed);
      sink?.removeListener('close', markClosed);
    },
  };
}
