import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectName } from '../../src/index/types.ts';
import type { Relay } from '../../src/relay/types.ts';
import { Secret } from '../../src/secret.ts';
import * as distributions from '../helpers/distributions.ts';
import { sdist, wheel } from '../relay/distributions.ts';
import { type Harness, openHarness } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

const alpha = wheel('alpha', '1.0', ['beta>=1']);
const beta = wheel('beta', '1.2');

let harness: Harness;
let directory: string;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [wheel('alpha', '0.9'), alpha]).set('beta', [beta]);
  directory = await mkdtemp(join(tmpdir(), 'relay-'));
});
afterEach(async () => {
  await harness.close();
  await rm(directory, { recursive: true, force: true });
});

/** Runs pip through the relay, with a cache and without configuration. */
async function pip(relay: Relay, ...argv: readonly string[]) {
  const environment = Object.entries(process.env).filter(([name]) => !/^(pip_|(https?|all|no)_proxy$)/i.test(name));
  return execa('python3', ['-m', 'pip', ...argv], {
    cwd: directory,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: {
      ...Object.fromEntries(environment),
      PIP_CONFIG_FILE: devNull,
      PIP_CACHE_DIR: join(directory, 'cache'),
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_INDEX_URL: relay.indexUrl,
      PIP_TRUSTED_HOST: relay.host,
      PIP_PROXY: relay.proxyUrl,
      PIP_EXTRA_INDEX_URL: ' ',
      PIP_FIND_LINKS: ' ',
      BUILD_LOG: join(directory, 'builds'),
    },
  });
}

test('pip installs a project and its dependencies', async () => {
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(await readdir(join(directory, 'demo'))).toEqual(expect.arrayContaining(['alpha', 'beta']));
  expect(relay.observed()).toMatchObject({
    blockedHosts: [],
    failures: [],
    servedFiles: [alpha.filename, beta.filename],
  });
  expect(relay.observed().userAgent).toMatch(/^pip\/\d/);
});

test("pip's caches hit across two relays with different ports: the second run fetches no file and builds nothing", async () => {
  harness.repository.projects.set('gamma', [await sdist('gamma', '1.0')]);
  const first = await pip(await harness.relay(), 'install', '--target', 'one', 'alpha', 'gamma');
  expect(first.exitCode, first.stderr).toBe(0);
  expect(harness.repository.storeRequests).toHaveLength(3);
  const builds = await readFile(join(directory, 'builds'), 'utf8');
  const relay = await harness.relay();
  const second = await pip(relay, 'install', '--target', 'two', 'alpha', 'gamma');
  expect(second.exitCode, second.stderr).toBe(0);
  // pip 20.3 caches nothing from plain HTTP except the wheels that it built.
  const hasHttpCache = !relay.observed().userAgent?.startsWith('pip/20.');
  expect(relay.observed().servedFiles).toEqual(hasHttpCache ? [] : [alpha.filename, beta.filename]);
  expect(harness.repository.storeRequests).toHaveLength(hasHttpCache ? 3 : 5);
  expect(await readFile(join(directory, 'builds'), 'utf8')).toBe(builds);
});

test('two repositories with different bytes under one file name do not share cache entries', async () => {
  expect((await pip(await harness.relay(), 'install', '--target', 'one', 'beta')).exitCode).toBe(0);
  harness.repository.projects.set('beta', [{ ...wheel('beta', '1.2', ['alpha']), filename: beta.filename }]);
  const run = await pip(await harness.relay(), 'install', '--target', 'two', 'beta');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(await readdir(join(directory, 'two'))).toContain('alpha');
});

test('a missing project makes pip fail and is in the request log', async () => {
  harness.repository.projects.set('alpha', [alpha]).delete('beta');
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('No matching distribution found for beta>=1');
  expect(relay.observed().pages.get('beta' as ProjectName)).toEqual({ status: 404 });
});

test('build requirements use the relay too, and missing ones are in the request log', async () => {
  harness.repository.projects.set('gamma', [await sdist('gamma', '1.0', ['beta'])]);
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'one', 'gamma');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(relay.observed().pages.get('beta' as ProjectName)?.status).toBe(200);
  harness.repository.projects.set('gamma', [await sdist('gamma', '1.1', ['delta'])]);
  expect((await pip(relay, 'install', '--target', 'two', 'gamma')).exitCode).toBe(1);
  expect(relay.observed().pages.get('delta' as ProjectName)).toEqual({ status: 404 });
});

test('an extra index in a requirements file is blocked and named', async () => {
  const relay = await harness.relay();
  await writeFile(join(directory, 'requirements.txt'), '--extra-index-url https://evil.example/simple/\nbeta\n');
  const run = await pip(relay, 'install', '--retries', '0', '--target', 'demo', '-r', 'requirements.txt');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(relay.observed().blockedHosts).toEqual(['evil.example:443']);
});

test('a direct URL is blocked, also over https', async () => {
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
  expect(relay.observed().blockedHosts).toEqual(['evil.example', 'evil.example:443']);
});

test('pip does not notice a token that expires during the install', async () => {
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

test('a rejected token makes pip fail immediately, without a prompt', async () => {
  harness.repository.tokens.clear();
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--target', 'demo', 'alpha');
  expect(run.exitCode).toBe(1);
  expect(run.stdout).not.toContain('User for');
  expect(relay.observed().failures).toMatchObject([{ kind: 'denied', status: 401 }]);
});

test('a file that does not match its listed digest is not installed', async () => {
  harness.repository.projects.set('beta', [{ ...beta, sha256: sha256(Buffer.from('other')) }]);
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--retries', '1', '--target', 'demo', 'beta');
  expect(run.exitCode).not.toBe(0);
  expect(relay.observed()).toMatchObject({ rejectedFiles: [beta.filename], servedFiles: [] });
  expect(relay.observed().failures).toMatchObject([{ kind: 'digest-mismatch' }]);
});

test('a file without a digest is not installed', async () => {
  harness.repository.projects.set('beta', [{ ...beta, sha256: null }]);
  const relay = await harness.relay();
  expect((await pip(relay, 'install', '--target', 'demo', 'beta')).exitCode).toBe(1);
  expect(relay.observed().rejectedFiles).toEqual([beta.filename]);
});

test('a file is installed although its import is not finished at first', async () => {
  let missing = 2;
  harness.repository.status = (path) => (path.endsWith('.whl') && missing-- > 0 ? 404 : undefined);
  const run = await pip(await harness.relay(), 'install', '--target', 'demo', 'beta');
  expect(run.exitCode, run.stderr).toBe(0);
});

test('lazy wheels (--use-feature=fast-deps) fall back to complete ones', async () => {
  const relay = await harness.relay();
  const run = await pip(relay, 'install', '--use-feature=fast-deps', '--target', 'demo', 'alpha');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(relay.observed().failures).toEqual([]);
});

test('pip waits for a slow repository longer than its own timeout', async () => {
  const relay = await harness.relay({
    heartbeatMilliseconds: 100,
    token: async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return new Secret('token-1');
    },
  });
  const run = await pip(relay, 'install', '--timeout', '1', '--retries', '0', '--target', 'demo', 'beta');
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stderr).not.toContain('timed out');
});

test('pip resolves from METADATA, without a download of the wheels that it only considers', async () => {
  const described = (name: string, version: string, requires: readonly string[] = []) => {
    const needs = requires.map((requirement) => `Requires-Dist: ${requirement}\n`).join('');
    const text = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needs}\n# About ${name}\n`;
    const files = { [`${name}-${version}.dist-info/METADATA`]: text };
    const { filename, bytes } = distributions.wheel({ name, version, files });
    return { filename, bytes, version, text: Buffer.from(text) };
  };
  const root = described('root', '1.0', ['leaf', 'other<2']);
  const leaves = [described('leaf', '1.0'), described('leaf', '2.0', ['other>=2'])];
  const others = [described('other', '1.0'), described('other', '2.0')];
  harness.repository.projects.set('root', [root]).set('leaf', leaves).set('other', others);
  const recorded = [root, ...leaves, ...others];
  const relay = await harness.relay({
    metadata: {
      digests: async () => new Map(recorded.map(({ bytes, text }) => [sha256(bytes), sha256(text)])),
      text: async (_, digest) => recorded.find(({ text }) => sha256(text) === digest)?.text,
      inWheel: async () => undefined,
    },
  });
  const dryRun = await pip(relay, 'install', '--dry-run', '--target', 'dry', '--report', 'report.json', 'root');
  const [, version = 0] = /^pip\/(\d+\.\d+)/.exec(relay.observed().userAgent ?? '')?.map(Number) ?? [];
  if (version < 23.2) return; // reads no METADATA under the name of PEP 714
  expect(dryRun.exitCode, dryRun.stderr).toBe(0);
  const { install } = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'));
  // From pip 25.3 on, this is the text of the record. Before, pip downloads what it would install, and nothing else.
  expect(install.map(({ metadata }: { metadata: { description: string } }) => metadata.description).sort()).toEqual([
    '# About leaf\n',
    '# About other\n',
    '# About root\n',
  ]);
  const chosen = version >= 25.3 ? [] : [leaves[0], others[0], root];
  expect(relay.observed().servedFiles.toSorted()).toEqual(chosen.map((file) => file?.filename));
  expect(harness.repository.storeRequests).toHaveLength(chosen.length);
});
