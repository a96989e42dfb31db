import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Capture, captureOutput } from '../../../src/pip/capture.ts';
import { probeInterpreter } from '../../../src/pip/probe.ts';
import type { PipRun } from '../../../src/pip/run.ts';
import { pythonCommand } from '../../../src/python-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'awspip-run-'));
const bundle = join(folder, 'run.mjs');
const driver = join(folder, 'driver.mjs');

/** A double of awspip: a process that runs `pip` and writes the result to a file. */
const driverSource = `
import { writeFileSync } from 'node:fs';
import { runPip, execPip } from './run.mjs';
process.stdout.on('error', () => {});
const [file, mode, ...command] = process.argv.slice(2);
const words = command[1] === '-m' ? 3 : 1;
const program = { command: command.slice(0, words), python: command[0], from: 'option' };
const environment = { ...process.env };
try {
  const run = mode === 'exec'
    ? await execPip(program, command.slice(words), environment, process)
    : await runPip(program, command.slice(words), { environment, cwd: process.cwd(), stderr: process.stderr, stdout: mode === 'stdout' ? process.stdout : undefined, holdMissingLines: mode === 'hold', signals: process });
  writeFileSync(file, JSON.stringify({ ...run, listeners: ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name)) }));
} catch (error) {
  writeFileSync(file, JSON.stringify({ error: error.code, exit: error.exit, message: error.message }));
}
`;

type Mode = 'tee' | 'hold' | 'stdout' | 'exec';
type Outcome = {
  readonly run: PipRun & { readonly listeners: number[]; readonly error?: string; readonly exit?: string };
  readonly stdout: string;
  readonly stderr: string;
};

let fileCount = 0;

function start(
  mode: Mode,
  command: readonly string[],
  cwd = folder,
  variables: Readonly<Record<string, string>> = {},
): { child: ChildProcess; outcome: Promise<Outcome>; waitFor: (text: string) => Promise<void> } {
  fileCount += 1;
  const file = join(folder, `run-${fileCount}.json`);
  // A process group of its own, as a shell creates for every command. Signals of the terminal reach the whole group.
  const child = spawn(process.execPath, [driver, file, mode, ...command], {
    cwd,
    env: { ...process.env, ...variables },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout!.on('data', (bytes) => {
    output.stdout += bytes;
  });
  child.stderr!.on('data', (bytes) => {
    output.stderr += bytes;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.once('close', () => resolve({ run: JSON.parse(readFileSync(file, 'utf8')), ...output }));
  });
  const waitFor = async (text: string) => {
    while (!`${output.stdout}${output.stderr}`.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended without saying ${text}: ${output.stdout}${output.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, outcome, waitFor };
}

const node = (source: string) => [process.execPath, '-e', source];
const python = (...argv: string[]) => ['python3', ...argv];

beforeAll(() => {
  const entry = new URL('../../../src/pip/run.ts', import.meta.url).pathname;
  buildSync({ entryPoints: [entry], bundle: true, format: 'esm', platform: 'node', outfile: bundle });
  cpSync(new URL('../../../src/pip/python', import.meta.url).pathname, join(folder, 'python'), { recursive: true });
  writeFileSync(driver, driverSource);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run', () => {
  test('passes stdin, stdout, stderr and the exit code', async () => {
    const { child, outcome } = start(
      'tee',
      node(
        'process.stdin.on("data", (b) => { process.stdout.write("out " + b); process.stderr.write("err " + b); process.exitCode = 3; })',
      ),
    );
    child.stdin!.end('word');
    const { run, stdout, stderr } = await outcome;
    expect(run).toMatchObject({ exitCode: 3, interrupted: false, stderr: 'err word', heldLines: '' });
    expect({ stdout, stderr }).toEqual({ stdout: 'out word', stderr: 'err word' });
    expect(run.seconds).toBeGreaterThan(0);
    expect(Math.abs(Date.now() - run.startedAt)).toBeLessThan(60_000);
  });

  test('copies stdout unchanged while the program runs, if its messages are to be read', async () => {
    const { child, outcome, waitFor } = start(
      'stdout',
      node('process.stdout.write(Buffer.from("half\\xff\\x1b[31m", "latin1")); process.stdin.resume()'),
    );
    const bytes: Buffer[] = [];
    child.stdout!.on('data', (chunk) => bytes.push(chunk));
    await waitFor('half');
    child.stdin!.end();
    expect((await outcome).run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('half') });
    expect(Buffer.concat(bytes).toString('latin1')).toBe('half\xff\x1b[31m');
  });

  test('ends a program whose copied stdout nobody reads any more, as without a copy', async () => {
    const { child, outcome, waitFor } = start('stdout', python('-c', 'while True: print("y", flush=True)'));
    await waitFor('y');
    child.stdout!.destroy();
    expect((await outcome).run.exitCode).not.toBe(0);
  });

  test('prints stderr while pip runs, including unfinished lines', async () => {
    const { child, outcome, waitFor } = start(
      'hold',
      node('process.stderr.write("half a li"); process.stdin.resume()'),
    );
    await waitFor('half a li');
    child.stdin!.end();
    expect((await outcome).run.exitCode).toBe(0);
  });

  test('holds back lines about missing requirements and returns them', async () => {
    const lines =
      'ERROR: Could not find a version that satisfies the requirement six (from versions: none)\nERROR: No matching distribution found for six\n';
    const source = `process.stderr.write(${JSON.stringify(`WARNING: first\n${lines}`)}); process.exitCode = 1`;
    const { run, stderr } = await start('hold', node(source)).outcome;
    expect(stderr).toBe('WARNING: first\n');
    expect(run).toMatchObject({ exitCode: 1, heldLines: lines, stderr: `WARNING: first\n${lines}` });
  });

  test('passes binary data and megabytes without a line end, and keeps the last MiB', async () => {
    const source =
      'const b = Buffer.alloc(3_000_000, 0xff); process.stderr.write(b, () => process.stderr.write("end"))';
    const { run, stderr } = await start('hold', node(source)).outcome;
    expect(stderr.length).toBeGreaterThanOrEqual(3_000_003);
    expect(run.stderr.endsWith('end')).toBe(true);
    expect(run.stderr.length).toBeLessThanOrEqual(1024 * 1024);
  });

  test('ends with pip although a background process holds stderr open', async () => {
    const source =
      'require("child_process").spawn("sleep", ["20"], { stdio: "inherit", detached: true }).unref(); process.stderr.write("done")';
    const started = Date.now();
    const { child, outcome, waitFor } = start('tee', node(source));
    await waitFor('done');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(Date.now() - started).toBeLessThan(10_000);
    child.stdout!.destroy();
    child.stderr!.destroy();
    expect((await outcome).run).toMatchObject({ exitCode: 0, stderr: 'done' });
  });

  test('ends normally although stderr is closed', async () => {
    const source =
      'process.stderr.on("error", () => {}); for (let i = 0; i < 200; i++) process.stderr.write("x".repeat(10_000)); process.exitCode = 4';
    const { child, outcome } = start('tee', node(source));
    child.stderr!.destroy();
    expect((await outcome).run).toMatchObject({ exitCode: 4 });
  });

  test('that cannot start is a configuration error', async () => {
    const absent = await start('tee', [join(folder, 'absent')]).outcome;
    expect(absent.run).toMatchObject({ error: 'pip-not-started', exit: 'configuration' });
    const noProgram = await start('exec', [driver]).outcome;
    expect(noProgram.run).toMatchObject({ error: 'pip-not-started', exit: 'configuration' });
  });

  test('leaves no signal handler behind', async () => {
    const { run } = await start('tee', node('0')).outcome;
    const exec = await start('exec', node('0')).outcome;
    expect(run.listeners).toEqual([0, 0, 0]);
    expect(exec.run.listeners).toEqual([0, 0, 0]);
  });
});

describe('execPip', () => {
  test('passes all three streams and the exit code', async () => {
    const { child, outcome } = start(
      'exec',
      node(
        'process.stdin.on("data", (b) => { process.stdout.write("out " + b); process.stderr.write("err " + b); process.exitCode = 3; })',
      ),
    );
    child.stdin!.end('word');
    expect(await outcome).toMatchObject({ run: { exitCode: 3 }, stdout: 'out word', stderr: 'err word' });
  });
});

describe.each<Mode>(['tee', 'exec'])('signals (%s)', (mode) => {
  const patient = node(
    'process.on("SIGINT", () => { console.log("cancelled"); process.exit(1); }); console.log("ready"); setInterval(() => {}, 1000)',
  );

  test('SIGINT from the terminal reaches pip once, and awspip waits for its end', async () => {
    const { child, outcome, waitFor } = start(mode, patient);
    await waitFor('ready');
    process.kill(-child.pid!, 'SIGINT');
    const { run, stdout } = await outcome;
    expect(run).toMatchObject({ exitCode: 1, interrupted: true });
    expect(stdout).toContain('cancelled');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s is forwarded: exit %s', async (signal, exitCode) => {
    const { child, outcome, waitFor } = start(mode, patient);
    await waitFor('ready');
    child.kill(signal);
    expect((await outcome).run).toMatchObject({ exitCode, signal, interrupted: true });
  });

  test('a killed pip ends with 128 + the signal, and is not an interruption', async () => {
    const { run } = await start(mode, node('process.kill(process.pid, "SIGKILL")')).outcome;
    expect(run).toMatchObject({ exitCode: 137, signal: 'SIGKILL', interrupted: false });
  });
});

describe('the real pip', () => {
  let server: Server;
  let requested: Promise<void>;
  let indexUrl: string;

  beforeAll(async () => {
    let onRequest = () => {};
    requested = new Promise((resolve) => {
      onRequest = resolve;
    });
    server = createServer((request, response) => {
      if (!request.url?.includes('hang')) response.writeHead(404).end();
      else onRequest();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    indexUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const install = (name: string) =>
    python(
      '-m',
      'pip',
      'download',
      '--isolated',
      '--disable-pip-version-check',
      '--retries',
      '0',
      '--no-cache-dir',
      '--proxy',
      '',
      '-d',
      folder,
      '-i',
      indexUrl,
      name,
    );

  test('prints what it misses, and that is held back', async () => {
    const { run, stderr } = await start('hold', install('absent')).outcome;
    expect(run.exitCode).toBe(1);
    expect(run.heldLines).toContain('No matching distribution found for absent');
    expect(stderr).not.toContain('absent');
  });

  test('interrupted from the terminal ends with its own 1, and counts as interrupted', async () => {
    const { child, outcome } = start('hold', install('hang'));
    await requested;
    process.kill(-child.pid!, 'SIGINT');
    const { run } = await outcome;
    expect(run).toMatchObject({ exitCode: 1, interrupted: true });
    expect(run.stderr).toContain('Operation cancelled by user');
  });
});

describe('an untrusted working directory', () => {
  const early =
    '__future__ encodings linecache pip readline runpy sitecustomize sre_compile site sys typing usercustomize';

  function hostileFolder(): { workingDirectory: string; marker: string } {
    const workingDirectory = mkdtempSync(join(folder, 'hostile-'));
    const marker = join(workingDirectory, 'marker');
    const source = `with open(${JSON.stringify(marker)}, 'a') as f: f.write(__name__)\n`;
    const names = new Set([...early.split(' '), ...standardModules()]);
    for (const name of names) writeFileSync(join(workingDirectory, `${name}.py`), source);
    return { workingDirectory, marker };
  }

  function standardModules(): readonly string[] {
    const code = 'import json, runpy, site, sys, pip._internal.cli.main; print(" ".join(sys.modules))';
    const [file = '', ...rest] = python('-c', code);
    const names = spawnSync(file, rest, { encoding: 'utf8', cwd: '/' }).stdout.trim().split(' ');
    return names.filter((name) => /^\w+$/.test(name));
  }

  test.each(['tee', 'exec'] as const)('none of its modules runs in place of a module of pip (%s)', async (mode) => {
    const { workingDirectory, marker } = hostileFolder();
    const pip = python('-m', 'pip', '--version');
    const { run, stdout, stderr } = await start(mode, pip, workingDirectory, { PYTHONPATH: ':.' }).outcome;
    expect({ stderr, isMarked: existsSync(marker) }).toEqual({ stderr: '', isMarked: false });
    expect(stdout).toMatch(/^pip \d+\./);
    expect(run.exitCode).toBe(0);
  });

  test('nor does one run when the interpreter is inspected', async () => {
    const { workingDirectory, marker } = hostileFolder();
    const environment = { PATH: process.env.PATH ?? '', PYTHONPATH: ':.' };
    const capture: Capture = (command, options) => captureOutput(command, { ...options, cwd: workingDirectory });
    const { environment: target } = await probeInterpreter('python3', capture, environment);
    expect(target.markers.os_name).toBe(process.platform === 'win32' ? 'nt' : 'posix');
    expect(existsSync(marker)).toBe(false);
  });

  test('the processes of pip get PYTHONPATH as the user set it', async () => {
    const code = 'import os, sys; print(os.environ["PYTHONPATH"], sys.argv)';
    const { command, environment } = pythonCommand('python3', code, ['--a', 'b'], {
      PATH: process.env.PATH ?? '',
      PYTHONPATH: ':relative:/absolute',
    });
    expect(environment.PYTHONPATH).toBe('/absolute');
    const { stdout } = await captureOutput(command, { environment });
    expect(stdout).toBe(":relative:/absolute ['-c', '--a', 'b']\n");
  });

  test('a Python without pip says so as `python -m pip` does', async () => {
    const environment = join(folder, 'without-pip');
    spawnSync('python3', ['-m', 'venv', '--without-pip', environment]);
    const bare = join(environment, 'bin', 'python');
    const { run, stderr } = await start('tee', [bare, '-m', 'pip', 'list']).outcome;
    expect(stderr).toBe(`${bare}: No module named pip\n`);
    expect(run.exitCode).toBe(1);
  });
});
