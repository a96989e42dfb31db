import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectName } from '../../src/index/types.ts';
import type { Relay } from '../../src/relay/types.ts';
import { Secret } from '../../src/secret.ts';
import { sdist, wheel } from '../relay/distributions.ts';
import { type Harness, openHarness } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

const alpha = wheel('alpha', '1.0', ['beta>=1']);
const beta = wheel('beta', '1.2');

let harness: Harness;
let folder: string;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [wheel('alpha', '0.9'), alpha]).set('beta', [beta]);
  folder = await mkdtemp(join(tmpdir(), 'relay-'));
});
afterEach(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

/** pip through the relay, as a user with a cache but no configuration. */
async function pip(relay: Relay, ...argv: readonly string[]) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(pip_|(https?|all|no)_proxy$)/i.test(name));
  return execa('python3', ['-m', 'pip', ...argv], {
    cwd: folder,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: {
      ...Object.fromEntries(kept),
      PIP_CONFIG_FILE: devNull,
      PIP_CACHE_DIR: join(folder, 'cache'),
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_INDEX_URL: relay.indexUrl,
      PIP_TRUSTED_HOST: relay.host,
      PIP_PROXY: relay.proxyUrl,
      PIP_EXTRA_INDEX_URL: ' ',
      PIP_FIND_LINKS: ' ',
      BUILD_LOG: join(folder, 'builds'),
    },
  });
}

test('pip installs a project and what it needs', async () => {
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(await readdir(join(folder, 'demo'))).toEqual(expect.arrayContaining(['alpha', 'beta']));
  expect(relay.observed()).toMatchObject({ denied: [], trouble: [], files: [alpha.filename, beta.filename] });
  expect(relay.observed().userAgent).toMatch(/^pip\/\d/);
});

test("pip's caches hit across two relays with different ports: the second run fetches no file and builds nothing", async () => {
  harness.repository.projects.set('gamma', [await sdist('gamma', '1.0')]);
  const first = await pip(await harness.relay(), 'install', '--target', 'one', 'alpha', 'gamma');
  expect(first.exitCode, first.stderr).toBe(0);
  expect(harness.repository.fetched).toHaveLength(3);
  const builds = await readFile(join(folder, 'builds'), 'utf8');
  const relay = await harness.relay();
  const second = await pip(relay, 'install', '--target', 'two', 'alpha', 'gamma');
  expect(second.exitCode, second.stderr).toBe(0);
  // pip 20.3 keeps nothing it got over plain http, but for the wheels it built.
  const keeps = !relay.observed().userAgent?.startsWith('pip/20.');
  expect(relay.observed().files).toEqual(keeps ? [] : [alpha.filename, beta.filename]);
  expect(harness.repository.fetched).toHaveLength(keeps ? 3 : 5);
  expect(await readFile(join(folder, 'builds'), 'utf8')).toBe(builds);
});

test('two repositories with other bytes under one file name do not meet in the cache', async () => {
  expect((await pip(await harness.relay(), 'install', '--target', 'one', 'beta')).exitCode).toBe(0);
  harness.repository.projects.set('beta', [{ ...wheel('beta', '1.2', ['alpha']), filename: beta.filename }]);
  const run = await pip(await harness.relay(), 'install', '--target', 'two', 'beta');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(await readdir(join(folder, 'two'))).toContain('alpha');
});

test('a project that is not there makes pip fail and is in the ledger', async () => {
  harness.repository.projects.set('alpha', [alpha]).delete('beta');
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('No matching distribution found for beta>=1');
  expect(relay.observed().pages.get('beta' as ProjectName)).toEqual({ status: 404 });
});

test('what a build needs comes through the relay too, and is seen when it is missing', async () => {
  harness.repository.projects.set('gamma', [await sdist('gamma', '1.0', ['beta'])]);
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'one', 'gamma');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(relay.observed().pages.get('beta' as ProjectName)?.status).toBe(200);
  harness.repository.projects.set('gamma', [await sdist('gamma', '1.1', ['delta'])]);
  expect((await pip(relay, 'install', '--target', 'two', 'gamma')).exitCode).toBe(1);
  expect(relay.observed().pages.get('delta' as ProjectName)).toEqual({ status: 404 });
});

test('an extra index in a requirements file is denied and named', async () => {
  const relay = await harness.relay();
  await writeFile(join(folder, 'requirements.txt'), '--extra-index-url https://evil.example/simple/\nbeta\n');
  const run = await pip(relay, 'install', '--retries', '0', '--target', 'demo', '-r', 'requirements.txt');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(relay.observed().denied).toEqual(['evil.example:443']);
});

test('a direct URL is denied, over https too', async () => {
  const relay = await harness.relay();
  for (const scheme of ['http', 'https']) {
    const run = await pip(
      relay,
      'install',
      '--retries',
      '0',
      '--target',
      'demo',
      `${scheme}://evil.example/x-1-py3-none-any.whl`,
    );
    expect(run.exitCode).toBe(1);
  }
  expect(relay.observed().denied).toEqual(['evil.example', 'evil.example:443']);
});

test('pip never notices that the token ends in mid-install', async () => {
  const tokens = harness.repository.tokens;
  harness.repository.status = (path) => {
    if (path.endsWith(beta.filename) && tokens.delete('token-1')) tokens.add('token-2');
    return undefined;
  };
  const relay = await harness.relay({ renewToken: async () => new Secret('token-2') });
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(tokens).toEqual(new Set(['token-2']));
});

test('a denied token makes pip fail at once, without a prompt', async () => {
  harness.repository.tokens.clear();
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode).toBe(1);
  expect(run.stdout).not.toContain('User for');
  expect(relay.observed().trouble).toMatchObject([{ kind: 'denied', status: 401 }]);
});

test('a file that is not what the index lists is not installed', async () => {
  harness.repository.projects.set('beta', [{ ...beta, sha256: sha256(Buffer.from('other')) }]);
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--retries', '1', '--target', 'demo', 'beta');
  expect(run.exitCode).not.toBe(0);
  expect(relay.observed()).toMatchObject({ refusedFiles: [beta.filename], files: [] });
  expect(relay.observed().trouble).toMatchObject([{ kind: 'digest-mismatch' }]);
});

test('a file without a digest is not installed', async () => {
  harness.repository.projects.set('beta', [{ ...beta, sha256: null }]);
  const relay = await harness.relay();
  expect((await pip(relay, 'install', '--target', 'demo', 'beta')).exitCode).toBe(1);
  expect(relay.observed().refusedFiles).toEqual([beta.filename]);
});

test('a file that is still being imported is installed', async () => {
  let missing = 2;
  harness.repository.status = (path) => (path.endsWith('.whl') && missing-- > 0 ? 404 : undefined);
  const run = await pip(await harness.relay(), 'install', '--target', 'demo', 'beta');
  expect(run.exitCode, run.stderr).toBe(0);
});

test('lazy wheels (--use-feature=fast-deps) fall back to whole ones', async () => {
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--use-feature=fast-deps', '--target', 'demo', 'alpha');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(relay.observed().trouble).toEqual([]);
});

test('pip waits for a slow repository as long as we do, whatever its own timeout', async () => {
  const relay = await harness.relay({
    heartbeat: 100,
    token: async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return new Secret('token-1');
    },
  });
  const run = await pip(relay, 'install', '--timeout', '1', '--retries', '0', '--target', 'demo', 'beta');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stderr).not.toContain('timed out');
});
