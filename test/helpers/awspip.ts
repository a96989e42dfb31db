import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');

export type Ran = {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};
export type Running = { readonly pid: number; readonly ended: Promise<Ran>; stdout(): string; stderr(): string };
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

/** One user on one machine: a home of their own, a local stack of their own, the built awspip. */
export type Sandbox = {
  readonly folder: string;
  readonly environment: Record<string, string>;
  path(...parts: string[]): string;
  start(argv: readonly string[], extra?: Record<string, string | undefined>): Running;
  run(argv: readonly string[], extra?: Record<string, string | undefined>): Promise<Ran>;
  /** `awspip install …` with a report. */
  install(argv: readonly string[], extra?: Record<string, string | undefined>): Promise<Ran & { report: Report }>;
  remove(): Promise<void>;
};

export async function sandbox(given: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  const environment = {
    ...kept(),
    PATH: pathOfTests(),
    HOME: folder,
    XDG_CONFIG_HOME: path.join(folder, 'config'),
    AWSPIP_STATE_DIRECTORY: path.join(folder, 'state'),
    AWSPIP_STACK: 'local',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    ...given,
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
 * PATH with the interpreter itself before a version manager's stand-in for it: that is slow to start, and several at
 * once fail over each other's bookkeeping.
 */
function pathOfTests(): string {
  const { PATH = '' } = process.env;
  interpreter ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  return `${path.dirname(interpreter)}${path.delimiter}${PATH}`;
}

/** What any process needs, and nothing that would let this machine's own settings decide a test. */
function kept(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(PIP_|AWS_|AWSPIP_|XDG_|CI$|GITHUB_|NODE_OPTIONS|VITEST|VIRTUAL_ENV|CODEARTIFACT_)/.test(name),
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function startNode(
  argv: readonly string[],
  environment: Record<string, string | undefined>,
  cwd: string,
): Running {
  return startProcess(process.execPath, argv, environment, cwd);
}

export function startProcess(
  command: string,
  argv: readonly string[],
  environment: Record<string, string | undefined>,
  cwd: string,
): Running {
  const child = spawn(command, argv, { env: environment, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return { pid: child.pid ?? 0, ended, stdout: () => stdout, stderr: () => stderr };
}

/** An interpreter that counts how often it was started, for whatever; give it as `AWSPIP_PYTHON`. */
export async function countingPython(folder: string): Promise<{ python: string; starts(): Promise<number> }> {
  const python = path.join(folder, 'counting-python');
  const log = path.join(folder, 'starts');
  await writeFile(log, '');
  await writeFile(python, `#!/bin/sh\necho start >> '${log}'\nexec python3 "$@"\n`, {
    mode: 0o755,
  });
  return { python, starts: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean).length };
}

export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
