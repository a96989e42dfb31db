import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openNextPip } from '../../../src/install/next-pip.ts';
import { preparePip, type RunPipOptions, runPip, type StderrSink } from '../../../src/pip/run.ts';
import { environmentFromUserAgent, pipVersionFromUserAgent } from '../../../src/pip/user-agent.ts';
import { until } from '../../helpers/awspip.ts';

/** An index that has nothing, and the `User-Agent` of each request. */
let server: Server;
let folder: string;
let userAgents: (string | undefined)[] = [];
let argv: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-channel-'));
  server = createServer((request, response) => {
    userAgents.push(request.headers['user-agent']);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  const options = ['--isolated', '--disable-pip-version-check', '--retries', '0', '--no-cache-dir', '--proxy', ''];
  argv = ['download', ...options, '-d', folder, '-i', index, 'absent'];
});
beforeEach(() => {
  userAgents = [];
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const program = { command: ['python3', '-m', 'pip'], python: 'python3', from: 'path' } as const;
const environment = { PATH: process.env.PATH ?? '' };

/** Options of a run that collects stderr. */
function collecting(): { readonly options: RunPipOptions; readonly written: () => string } {
  let text = '';
  const stderr: StderrSink = {
    write: (bytes) => {
      text += Buffer.from(bytes).toString();
      return true;
    },
    on: () => {},
    removeListener: () => {},
  };
  const signals = { on: () => {}, removeListener: () => {} };
  const options = { environment, cwd: folder, stderr, stdout: stderr, holdMissingLines: false, signals };
  return { options, written: () => text };
}

const isGlibc = process.platform === 'linux' && !existsSync('/etc/alpine-release');
const hasChannel = process.platform !== 'win32';

describe.runIf(isGlibc || process.platform === 'darwin')('the interpreter', () => {
  test("is announced before pip's first request, as pip describes it in its User-Agent", async () => {
    const announced: string[] = [];
    const requestsBefore: number[] = [];
    const onInterpreter = (userAgent: string) => {
      announced.push(userAgent);
      requestsBefore.push(userAgents.length);
    };
    const run = await runPip(program, argv, { ...collecting().options, onInterpreter });
    expect(run.exitCode).toBe(1);
    expect(requestsBefore).toEqual([0]);
    const [own = ''] = userAgents;
    const [text = ''] = announced;
    expect(environmentFromUserAgent(text)).toBeDefined();
    expect(environmentFromUserAgent(text)).toEqual(environmentFromUserAgent(own));
    expect(pipVersionFromUserAgent(text)).toBe(pipVersionFromUserAgent(own));
  });

  test('is not announced by a program that is not pip', async () => {
    const announced: string[] = [];
    const other = { ...program, command: ['python3'] };
    const options = { ...collecting().options, onInterpreter: (text: string) => void announced.push(text) };
    expect((await runPip(other, ['-c', 'pass'], options)).exitCode).toBe(0);
    expect(announced).toEqual([]);
  });
});

describe.runIf(hasChannel)('a pip that waits', () => {
  test('requests nothing before it may run, and then does what pip does', async () => {
    const { options, written } = collecting();
    const waiting = preparePip(program, argv, { ...options, verb: 'download' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect([userAgents.length, written()]).toEqual([0, '']);
    const before = Date.now();
    const run = await waiting?.run();
    expect(run).toMatchObject({ exitCode: 1, interrupted: false });
    expect(run?.stderr).toContain('No matching distribution found for absent');
    expect(run?.startedAt).toBeGreaterThanOrEqual(before);
    expect(userAgents.length).toBeGreaterThan(0);
  });

  test('may run before it is ready', async () => {
    const run = await preparePip(program, argv, { ...collecting().options, verb: 'download' })?.run();
    expect(run?.stderr).toContain('No matching distribution found for absent');
  });

  test('runs with a verb whose module this pip lacks', async () => {
    const run = await preparePip(program, ['--version'], { ...collecting().options, verb: 'no such verb' })?.run();
    expect(run?.exitCode).toBe(0);
  });

  test('ends without a word when it is not needed', async () => {
    const { options, written } = collecting();
    const next = openNextPip(async () => preparePip(program, argv, { ...options, verb: 'download' }));
    next.prepare(argv);
    await next.close();
    next.prepare(argv);
    expect(await next.run(['other'])).toBeUndefined();
    expect([userAgents.length, written()]).toEqual([0, '']);
  });

  test('is started anew if it has ended, or could not start', async () => {
    const ended = preparePip({ ...program, command: ['false', '-m', 'pip'] }, argv, {
      ...collecting().options,
      verb: 'download',
    });
    await until('its end', () => ended?.run() === undefined);
    const next = openNextPip(async () => {
      throw new Error('no Python');
    });
    next.prepare(argv);
    expect(await next.run(argv)).toBeUndefined();
  });

  test.each(['SIGINT', 'SIGKILL'] as const)('ends silently with awspip: %s', async (signal) => {
    const driver = await buildDriver();
    const child = spawn(process.execPath, [driver, ...argv], { detached: true, env: environment });
    let [output, pid] = ['', 0];
    child.stdout.on('data', (chunk) => {
      pid = Number(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    await until('pip to start', () => pid > 0);
    // The terminal interrupts both. A kill ends only awspip.
    process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
    await until('the end of pip', () => !isRunning(pid));
    expect([userAgents.length, output]).toEqual([0, '']);
    child.kill('SIGKILL');
  });
});

/** Builds a double of awspip that prepares pip, prints its process ID, and never lets it run. */
async function buildDriver(): Promise<string> {
  const source = new URL('../../../src/pip', import.meta.url).pathname;
  const outfile = path.join(folder, 'run.mjs');
  buildSync({ entryPoints: [path.join(source, 'run.ts')], bundle: true, format: 'esm', platform: 'node', outfile });
  await cp(path.join(source, 'python'), path.join(folder, 'python'), { recursive: true });
  const driver = path.join(folder, 'driver.mjs');
  await writeFile(
    driver,
    `import { ChildProcess } from 'node:child_process';
import { preparePip } from './run.mjs';
const spawned = ChildProcess.prototype.spawn;
ChildProcess.prototype.spawn = function (options) {
  const result = spawned.call(this, options);
  process.stdout.write(String(this.pid));
  return result;
};
preparePip(${JSON.stringify(program)}, process.argv.slice(2), {
  environment: process.env, cwd: process.cwd(), stderr: process.stderr, holdMissingLines: true, signals: process, verb: 'download',
});
setInterval(() => {}, 1000);
`,
  );
  return driver;
}

function isRunning(pid: number): boolean {
  try {
    // A zombie, whose parent has not read its exit code, has ended.
    if (process.platform === 'linux') return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
