import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');

/** The result of a command. */
export type CommandResult = {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};
/** A running command, and its output so far. */
type RunningCommand = {
  readonly pid: number;
  readonly ended: Promise<CommandResult>;
  stdout(): string;
  stderr(): string;
};
export type Report = {
  readonly exitCode: number;
  readonly reason: string;
  readonly pipRuns: number;
  readonly releases: readonly { readonly name: string; readonly version: string; readonly status: string }[];
  readonly requests: readonly { readonly requestId: string; readonly attempt: number; readonly status: string }[];
  readonly refusals: readonly {
    readonly name: string;
    readonly kind: string;
    readonly riskLevel?: string;
    readonly score?: { readonly min: number; readonly max: number };
    readonly reasons: readonly { readonly text: string; readonly points?: number }[];
    readonly detail?: string;
  }[];
};

/** One user of one machine, with a separate home folder and local stack. Runs the built awspip. */
export type Sandbox = {
  readonly folder: string;
  readonly environment: Record<string, string>;
  path(...parts: string[]): string;
  start(argv: readonly string[], extra?: Record<string, string | undefined>): RunningCommand;
  run(argv: readonly string[], extra?: Record<string, string | undefined>): Promise<CommandResult>;
  /** Runs `awspip install` and reads its report. */
  install(
    argv: readonly string[],
    extra?: Record<string, string | undefined>,
  ): Promise<CommandResult & { report: Report }>;
  remove(): Promise<void>;
};

/** Creates a sandbox with additional environment variables. */
export async function sandbox(variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  const environment = {
    ...inheritedVariables(),
    PATH: pathOfTests(),
    HOME: folder,
    XDG_CONFIG_HOME: path.join(folder, 'config'),
    AWSPIP_STATE_DIRECTORY: path.join(folder, 'state'),
    AWSPIP_STACK: 'local',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    ...variables,
  };
  let reports = 0;
  const start: Sandbox['start'] = (argv, extra = {}) => startNode([bin, ...argv], { ...environment, ...extra }, folder);
  const run: Sandbox['run'] = (argv, extra) => start(argv, extra).ended;
  return {
    folder,
    environment,
    path: (...parts) => path.join(folder, ...parts),
    start,
    run,
    async install(argv, extra) {
      reports += 1;
      const file = path.join(folder, `report-${reports}.json`);
      const ran = await run(['install', `--awspip-report=${file}`, ...argv], extra);
      return { ...ran, report: JSON.parse(await readFile(file, 'utf8')) as Report };
    },
    async remove() {
      await run(['local', 'down']);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

let interpreter: string | undefined;

/**
 * Returns a PATH that begins with the folder of the interpreter. The shim of a version manager is slow to start, and
 * concurrent shims fail because they write the same files.
 */
function pathOfTests(): string {
  const { PATH = '' } = process.env;
  interpreter ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  return `${path.dirname(interpreter)}${path.delimiter}${PATH}`;
}

/** Returns the variables of this process without those that configure pip, AWS or awspip, or detect CI. */
function inheritedVariables(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(PIP_|AWS_|AWSPIP_|XDG_|CI$|GITHUB_|NODE_OPTIONS|VITEST|VIRTUAL_ENV|CODEARTIFACT_)/.test(name),
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Starts a Node.js program. */
export function startNode(
  argv: readonly string[],
  environment: Record<string, string | undefined>,
  cwd: string,
): RunningCommand {
  return startProcess(process.execPath, argv, environment, cwd);
}

/** Starts a command, and collects its output. */
export function startProcess(
  command: string,
  argv: readonly string[],
  environment: Record<string, string | undefined>,
  cwd: string,
): RunningCommand {
  const child = spawn(command, argv, { env: environment, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return { pid: child.pid ?? 0, ended, stdout: () => stdout, stderr: () => stderr };
}

/** Creates an interpreter for `AWSPIP_PYTHON` that counts how often it is started. */
export async function countingPython(folder: string): Promise<{ python: string; starts(): Promise<number> }> {
  const python = path.join(folder, 'counting-python');
  const log = path.join(folder, 'starts');
  await writeFile(log, '');
  await writeFile(python, `#!/bin/sh\necho start >> '${log}'\nexec python3 "$@"\n`, {
    mode: 0o755,
  });
  return { python, starts: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean).length };
}

/**
 * Waits until `probe` returns a value, and returns it.
 *
 * @throws {Error} after `seconds`, with the description of what was expected.
 */
export async function until<T>(
  description: string,
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
