import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { installer } from '../helpers/installers.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

const uv = await installer('uv');
const proxpi = await installer('flask');
const devpi =
  process.env.AWSPIP_TEST_INSTALLERS === 'all' ? await installer('devpi-server', 'devpi-client') : undefined;

let packageIndex: PackageIndex;
let user: Sandbox;
let folder: string;
let firewall: string;
let server: ReturnType<Sandbox['start']>;

beforeAll(async () => {
  [packageIndex, folder] = await Promise.all([startPackageIndex(), mkdtemp(join(tmpdir(), 'registries-'))]);
  const publish = (version: string, more = {}) =>
    packageIndex.publish('zzqx-demo', version, wheel({ name: 'zzqx-demo', version }), more);
  publish('1.0', { uploadTime: '2025-06-01T12:00:00Z' });
  publish('2.0', { malware: ['2.0'] });
  user = await sandbox(packageIndex.environment);
  server = user.start(['policy', 'serve', '--port', '0', '--no-decisions']);
  const line = await until('its first line', () => /^\{.*\}$/m.exec(server.stdout())?.[0]);
  firewall = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}/simple/`;
});
afterAll(async () => {
  process.kill(server.pid, 'SIGTERM');
  await server.ended;
  await user.remove();
  await packageIndex.close();
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** Waits until a registry answers. */
async function answers(url: string): Promise<void> {
  const isUp = async () => (await fetch(url).catch(() => undefined)) !== undefined;
  for (let attempt = 0; !(await isUp()); attempt += 1) {
    if (attempt > 300) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function installed(indexUrl: string, target: string): Promise<readonly string[]> {
  const run = await execa('python3', ['-m', 'pip', 'install', '--target', target, 'zzqx-demo'], {
    cwd: folder,
    reject: false,
    env: { PIP_CONFIG_FILE: devNull, PIP_NO_CACHE_DIR: '1', PIP_INDEX_URL: indexUrl, PIP_FIND_LINKS: '' },
  });
  expect(run.exitCode, run.stderr).toBe(0);
  return (await readdir(join(folder, target))).filter((name) => name.endsWith('.dist-info'));
}

describe.skipIf(uv === undefined)('uv behind the served firewall', () => {
  test('takes the newest allowed release', async () => {
    const target = join(folder, 'uv');
    const env = { UV_DEFAULT_INDEX: firewall, UV_NO_CONFIG: '1', UV_NO_CACHE: '1' };
    const run = await execa(join(uv ?? '', 'uv'), ['pip', 'install', '--target', target, 'zzqx-demo'], {
      cwd: folder,
      reject: false,
      env,
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await readdir(target)).toContain('zzqx_demo-1.0.dist-info');
  });
});

describe.skipIf(proxpi === undefined)('proxpi with its defaults in front of the served firewall', () => {
  let registry: ChildProcess | undefined;
  afterAll(() => void registry?.kill());

  test('gives pip the newest allowed release', async () => {
    const port = await freePort();
    registry = spawn(join(proxpi ?? '', 'flask'), ['run', '--port', String(port)], {
      env: { ...process.env, PROXPI_INDEX_URL: firewall, FLASK_APP: 'proxpi.server' },
      stdio: 'ignore',
    });
    await answers(`http://127.0.0.1:${port}/`);
    expect(await installed(`http://127.0.0.1:${port}/index/`, 'proxpi')).toEqual(['zzqx_demo-1.0.dist-info']);
  });
});

describe.skipIf(devpi === undefined)('devpi with its default mirror in front of the served firewall', () => {
  let registry: ChildProcess | undefined;
  afterAll(() => void registry?.kill());

  test('gives pip the newest allowed release', async () => {
    const programs = devpi ?? '';
    const mirror = 'root/pypi';
    const port = await freePort();
    const home = { ...process.env, HOME: folder };
    await execa(join(programs, 'devpi-init'), ['--serverdir', join(folder, 'devpi')], { env: home });
    registry = spawn(join(programs, 'devpi-server'), ['--serverdir', join(folder, 'devpi'), '--port', String(port)], {
      env: home,
      stdio: 'ignore',
    });
    await answers(`http://127.0.0.1:${port}/+api`);
    for (const argv of [
      ['use', `http://127.0.0.1:${port}`],
      ['login', 'root', '--password='],
      ['index', mirror, `mirror_url=${firewall}`],
    ]) {
      await execa(join(programs, 'devpi'), argv, { env: home });
    }
    const index = `http://127.0.0.1:${port}/${mirror}/+simple/`;
    expect(await installed(index, 'devpi')).toEqual(['zzqx_demo-1.0.dist-info']);
  });
});
