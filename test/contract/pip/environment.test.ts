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

/** A double of the relay. It records its requests and has no packages. */
let proxy: Server;
let requests: string[] = [];
let userAgent = '';
let relay: { indexUrl: string; host: string; proxyUrl: string };
let program: PipProgram;

beforeAll(async () => {
  proxy = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    userAgent = request.headers['user-agent'] ?? '';
    response.writeHead(404).end();
  });
  proxy.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  relay = { indexUrl, host, proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  program = await findPip({ path: process.env.PATH ?? '', ownPaths: [] });
});
beforeEach(() => {
  requests = [];
});
afterAll(() => {
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const hostileConfiguration = `[global]
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

/** Returns the environment of a machine whose files and variables all redirect pip to another index. */
function hostileMachine(): Record<string, string> {
  const files = ['xdg/pip/pip.conf', 'home/.pip/pip.conf', 'home/.config/pip/pip.conf', 'named.conf'];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), hostileConfiguration);
  }
  // This wheel would be offered by find-links.
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

async function download(...options: string[]) {
  const command = parsePipArguments([
    'download',
    '--no-cache-dir',
    '--retries',
    '0',
    '-d',
    folder,
    ...options,
    'wanted',
  ]);
  const environment = pipEnvironment(hostileMachine(), relay, { isolated: command.isolated });
  return captureOutput([...program.command, ...isolatedArguments(command)], { environment, cwd: folder });
}

describe("this machine's pip", () => {
  test('uses only the relay, regardless of files and variables', async () => {
    const { exitCode, stderr } = await download();
    expect(requests).toEqual([`GET ${indexUrl}wanted/`]);
    expect(stderr).toContain('No matching distribution found for wanted');
    expect(exitCode).toBe(1);
  });

  test('uses only the relay under a literal --isolated too', async () => {
    const { exitCode, stderr } = await download('--isolated');
    expect(requests).toEqual([`GET ${indexUrl}wanted/`]);
    expect(stderr).toContain('No matching distribution found for wanted');
    expect(exitCode).toBe(1);
  });

  test("ignores the user's configuration under --isolated, and reads the machine's", async () => {
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
  ])('sends requests to other indexes of the command line through the relay: %s %s', async (...options) => {
    await download(...options.filter((word) => word !== undefined));
    expect(requests.some((request) => /127\.0\.0\.1:9|example\.invalid/.test(request))).toBe(true);
  });

  test('has the same environment in its User-Agent as the probe', async () => {
    await download();
    const environment = plainEnvironment(process.env);
    const probed = await probeEnvironment(program, captureOutput, environment);
    expect(pipVersionFromUserAgent(userAgent)).toBe(probed.pipVersion);
    const { markers, freeThreaded: _, ...rest } = probed.environment;
    const { platform_version: __, ...otherMarkers } = markers;
    expect(environmentFromUserAgent(userAgent)).toMatchObject({ ...rest, markers: otherMarkers });
  });
});

describe('the probe', () => {
  const probe = (environment: Record<string, string> = {}) =>
    probeEnvironment(program, captureOutput, { ...plainEnvironment(process.env), ...environment });

  test('returns all markers of PEP 508', async () => {
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

  test('imports nothing from the working directory', async () => {
    const workingDirectory = mkdtempSync(join(folder, 'cwd-'));
    for (const name of ['json', 'pip', 'platform', 'sysconfig', 'typing']) {
      writeFileSync(join(workingDirectory, `${name}.py`), 'import sys\nsys.exit(66)\n');
    }
    const captureHere: typeof captureOutput = (command, options) =>
      captureOutput(command, { ...options, cwd: workingDirectory });
    const probed = await probeEnvironment(program, captureHere, plainEnvironment(process.env));
    expect(probed.pipVersion).toMatch(/^\d+\./);
  });

  test('fails without a pip', async () => {
    const withoutSite: typeof captureOutput = async (command, options) =>
      captureOutput([command[0]!, '-S', ...command.slice(1)], { ...options, cwd: folder });
    const minimalEnvironment = { PATH: process.env.PATH ?? '', HOME: folder };
    const { stdout } = await captureOutput(['python3', '-c', 'import sys; print(sys.executable)'], {
      environment: plainEnvironment(process.env),
    });
    const realProgram: PipProgram = { ...program, python: stdout.trim() };
    await expect(probeEnvironment(realProgram, withoutSite, minimalEnvironment)).rejects.toMatchObject({
      code: 'no-pip',
      exit: 'configuration',
    });
  });

  test('fails for a program that is not an interpreter', async () => {
    const missing = { ...program, python: join(folder, 'absent') };
    await expect(probeEnvironment(missing, captureOutput, {})).rejects.toMatchObject({ code: 'python-broken' });
    const silentProgram = { ...program, python: '/bin/true' };
    await expect(probeEnvironment(silentProgram, captureOutput, {})).rejects.toMatchObject({ code: 'python-broken' });
  });

  test('fails for a program that runs too long or prints too much', async () => {
    const environment = plainEnvironment(process.env);
    const slow = await captureOutput(['sleep', '30'], { environment, timeoutSeconds: 0.2 });
    expect(slow.exitCode).toBeUndefined();
    const verbose = await captureOutput(['yes'], { environment });
    expect(verbose.exitCode).toBeUndefined();
    expect(verbose.stdout.length).toBeLessThan(4 * 1024 * 1024);
  });
});
