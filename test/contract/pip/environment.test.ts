import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { captureOutput } from '../../../src/pip/capture.ts';
import { isolatedArguments, pipEnvironment, plainEnvironment } from '../../../src/pip/environment.ts';
import { findPip, type PipProgram } from '../../../src/pip/find-pip.ts';
import { parsePipArguments } from '../../../src/pip/grammar.ts';
import { probeEnvironment } from '../../../src/pip/probe.ts';
import { environmentFromUserAgent, pipVersionFromUserAgent } from '../../../src/pip/user-agent.ts';

const folder = mkdtempSync(join(tmpdir(), 'awspip-environment-'));
const host = '0123abcd.secure-pypi.invalid';
const indexUrl = `http://${host}/simple/`;

/** Stands for the relay: notes what it is asked, has nothing. */
let proxy: Server;
let asked: string[] = [];
let userAgent = '';
let relay: { indexUrl: string; host: string; proxyUrl: string };
let program: PipProgram;

beforeAll(async () => {
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    userAgent = request.headers['user-agent'] ?? '';
    response.writeHead(404).end();
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  relay = { indexUrl, host, proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  program = await findPip({ path: process.env.PATH ?? '', ownPaths: [] });
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const hostileFile = `[global]
index-url = http://127.0.0.1:9/evil/simple
extra-index-url = http://127.0.0.1:9/extra/simple
find-links = ${folder}/wheels
proxy = http://127.0.0.1:9
no-index = true
[download]
index-url = http://127.0.0.1:9/section/simple
extra-index-url = http://127.0.0.1:9/section-extra/simple
find-links = ${folder}/wheels
`;

/** A machine on which everything that can be said to pip says to go elsewhere. */
function hostileMachine(): Record<string, string> {
  const files = ['xdg/pip/pip.conf', 'home/.pip/pip.conf', 'home/.config/pip/pip.conf', 'named.conf'];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), hostileFile);
  }
  // A wheel that find-links would offer.
  mkdirSync(join(folder, 'wheels'), { recursive: true });
  writeFileSync(join(folder, 'wheels/wanted-9.9-py3-none-any.whl'), 'evil');
  return {
    ...plainEnvironment(process.env),
    HOME: join(folder, 'home'),
    XDG_CONFIG_DIRS: join(folder, 'xdg'),
    PIP_CONFIG_FILE: join(folder, 'named.conf'),
    PIP_INDEX_URL: 'http://127.0.0.1:9/env/simple',
    PIP_Index_Url: 'http://127.0.0.1:9/mixed/simple',
    PIP___INDEX_URL: 'http://127.0.0.1:9/dashes/simple',
    PIP_PYPI_URL: 'http://127.0.0.1:9/alias/simple',
    PIP_EXTRA_INDEX_URL: 'http://127.0.0.1:9/env-extra/simple',
    PIP_FIND_LINKS: join(folder, 'wheels'),
    PIP_NO_INDEX: '1',
    PIP_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '*',
    no_proxy: '*',
  };
}

async function download(...words: string[]) {
  const command = parsePipArguments(['download', '--no-cache-dir', '--retries', '0', '-d', folder, ...words, 'wanted']);
  const environment = pipEnvironment(hostileMachine(), relay, { isolated: command.isolated });
  return captureOutput([...program.command, ...isolatedArguments(command)], { environment, cwd: folder });
}

describe("this machine's pip", () => {
  test('asks the relay alone, whatever files and variables say', async () => {
    const { exitCode, stderr } = await download();
    expect(asked).toEqual([`GET ${indexUrl}wanted/`]);
    expect(stderr).toContain('No matching distribution found for wanted');
    expect(exitCode).toBe(1);
  });

  test('asks the relay alone under a literal --isolated, too', async () => {
    const { exitCode, stderr } = await download('--isolated');
    expect(asked).toEqual([`GET ${indexUrl}wanted/`]);
    expect(stderr).toContain('No matching distribution found for wanted');
    expect(exitCode).toBe(1);
  });

  test("passes over the user's configuration under --isolated, and heeds the machine's", async () => {
    const machine = hostileMachine();
    writeFileSync(join(folder, 'home/.config/pip/pip.conf'), '[global]\nretries = nonsense-of-the-user');
    writeFileSync(join(folder, 'xdg/pip/pip.conf'), '[global]\ntimeout = nonsense-of-the-machine');
    delete machine.PIP_CONFIG_FILE;
    const command = parsePipArguments(['download', '--isolated', 'wanted']);
    const environment = pipEnvironment(machine, relay, { isolated: true });
    const argv = [...program.command, ...isolatedArguments(command)];
    const { stdout, stderr } = await captureOutput(argv, { environment, cwd: folder });
    expect(stdout + stderr).toContain('nonsense-of-the-machine');
    expect(stdout + stderr).not.toContain('nonsense-of-the-user');
  });

  test.each([
    ['-i', 'http://127.0.0.1:9/simple'],
    ['--index-u=http://127.0.0.1:9/simple'],
    ['--extra-i', 'http://127.0.0.1:9/simple'],
    ['-qfhttp://127.0.0.1:9/links'],
    ['-i', 'https://example.invalid/simple'],
  ])('asks through the relay what the command line leads elsewhere: %s %s', async (...words) => {
    await download(...words.filter((word) => word !== undefined));
    expect(asked.some((request) => /127\.0\.0\.1:9|example\.invalid/.test(request))).toBe(true);
  });

  test('tells in its User-Agent what the probe tells', async () => {
    await download();
    const environment = plainEnvironment(process.env);
    const probed = await probeEnvironment(program, captureOutput, environment);
    expect(pipVersionFromUserAgent(userAgent)).toBe(probed.pipVersion);
    const { markers, freeThreaded: _, ...rest } = probed.environment;
    const { platform_version: __, ...told } = markers;
    expect(environmentFromUserAgent(userAgent)).toMatchObject({ ...rest, markers: told });
  });
});

describe('the probe', () => {
  const probe = (environment: Record<string, string> = {}) =>
    probeEnvironment(program, captureOutput, { ...plainEnvironment(process.env), ...environment });

  test('tells all markers of PEP 508', async () => {
    const { environment, pythonVersion } = await probe();
    expect(Object.keys(environment.markers).sort()).toEqual([
      'implementation_name',
      'implementation_version',
      'os_name',
      'platform_machine',
      'platform_python_implementation',
      'platform_release',
      'platform_system',
      'platform_version',
      'python_full_version',
      'python_version',
      'sys_platform',
    ]);
    expect(pythonVersion.startsWith(`${environment.markers.python_version}.`)).toBe(true);
    expect(environment.platform).toMatch(/^(linux|macosx|win)/);
  });

  test('imports nothing of the working directory', async () => {
    const place = mkdtempSync(join(folder, 'cwd-'));
    for (const name of ['json', 'pip', 'platform', 'sysconfig', 'typing']) {
      writeFileSync(join(place, `${name}.py`), 'import sys\nsys.exit(66)\n');
    }
    const here: typeof captureOutput = (command, options) => captureOutput(command, { ...options, cwd: place });
    const probed = await probeEnvironment(program, here, plainEnvironment(process.env));
    expect(probed.pipVersion).toMatch(/^\d+\./);
  });

  test('says so when there is no pip', async () => {
    const bare: typeof captureOutput = async (command, options) =>
      captureOutput([command[0]!, '-S', ...command.slice(1)], { ...options, cwd: folder });
    const alone = { PATH: process.env.PATH ?? '', HOME: folder };
    const { stdout } = await captureOutput(['python3', '-c', 'import sys; print(sys.executable)'], {
      environment: plainEnvironment(process.env),
    });
    const real: PipProgram = { ...program, python: stdout.trim() };
    await expect(probeEnvironment(real, bare, alone)).rejects.toMatchObject({ code: 'no-pip', exit: 'configuration' });
  });

  test('says so when the interpreter is none', async () => {
    const wrong = { ...program, python: join(folder, 'absent') };
    await expect(probeEnvironment(wrong, captureOutput, {})).rejects.toMatchObject({ code: 'python-broken' });
    const silent = { ...program, python: '/bin/true' };
    await expect(probeEnvironment(silent, captureOutput, {})).rejects.toMatchObject({ code: 'python-broken' });
  });

  test('gives up on one that takes too long or says too much', async () => {
    const environment = plainEnvironment(process.env);
    const patient = await captureOutput(['sleep', '30'], { environment, timeoutSeconds: 0.2 });
    expect(patient.exitCode).toBeUndefined();
    const loud = await captureOutput(['yes'], { environment });
    expect(loud.exitCode).toBeUndefined();
    expect(loud.stdout.length).toBeLessThan(4 * 1024 * 1024);
  });
});
