import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../aws/free-port.ts';
import { preparedPython } from '../aws/prepared-python.ts';
import { until } from '../awspip.ts';

const preload = path.resolve(import.meta.dirname, 'cold-start.cjs');

/** Returns a Python with ministack, cached between runs, or why it is unavailable. */
export const ministackPython = () =>
  preparedPython({ folder: 'awspip-test-ministack', packages: ['ministack==1.5.33'], check: 'import ministack.app' });

/** The start of one instance of a function. */
export type ColdStart = {
  readonly function: string;
  readonly pid: number;
  /** Epoch milliseconds of the start and the end. */
  readonly at: number;
  readonly until: number;
  /** Milliseconds that the emulator's worker needed itself. The rest was added. */
  readonly own: number;
};

export type Emulator = {
  readonly origin: string;
  readonly log: string;
  coldStarts(): Promise<readonly ColdStart[]>;
  /** Ends all instances of functions, so that the next call of each function starts a new one. */
  endInstances(): Promise<void>;
  close(): Promise<void>;
};

export type EmulatorOptions = {
  readonly python: string;
  /** The Node that runs the functions. */
  readonly node: string;
  /** A folder for the emulator's files. */
  readonly folder: string;
  /** The least duration of a function instance's start, in milliseconds. */
  readonly coldMilliseconds: number;
};

/** Starts ministack on a free port. Each instance of a function is a Node process. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { python, node, folder, coldMilliseconds } = options;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const temporary = path.join(folder, 'temporary');
  const [log, starts] = [path.join(folder, 'ministack.log'), path.join(folder, 'cold-starts.jsonl')];
  await mkdir(temporary, { recursive: true });
  const env = {
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
    HOME: folder,
    TMPDIR: temporary,
    GATEWAY_PORT: `${port}`,
    BIND_HOST: '127.0.0.1',
    LOG_LEVEL: 'WARNING',
    NODE_OPTIONS: `--require "${preload}"`,
    COLD_START_MILLISECONDS: `${coldMilliseconds}`,
    COLD_START_LOG: starts,
  };
  // A group of its own, so that the functions' processes end with it.
  const child = spawn(python, ['-m', 'ministack'], { env, cwd: folder, stdio: 'pipe', detached: true });
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
    output.end();
  };
  const isUp = async () => (await fetch(`${origin}/_ministack/health`).catch(() => undefined))?.ok;
  await until('ministack to answer', isUp, 60).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const coldStarts = async () => (await linesOf(starts)).map((line) => JSON.parse(line) as ColdStart);
  return {
    origin,
    log,
    coldStarts,
    endInstances: async () => (await coldStarts()).forEach(endInstance),
    close,
  };
}

function endInstance({ pid }: ColdStart): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended before.
  }
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
