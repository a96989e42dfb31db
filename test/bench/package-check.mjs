// Measures `GET /package-check` with cached signals:
//
//   node test/bench/package-check.mjs [SECONDS] [CONNECTIONS]
//
// The server is a separate process, so that it has one core. The sources are on loopback and get one request per name.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { Pool } from 'undici';

const [seconds = 10, connections = 24] = process.argv.slice(2).map(Number);
const names = Array.from({ length: 500 }, (_, index) => `bench-project-${index}`);
const root = path.resolve(import.meta.dirname, '../..');

async function buildServer(folder) {
  const outfile = path.join(folder, 'server.mjs');
  await build({
    stdin: {
      contents: `
        import { createWriteStream } from 'node:fs';
        import { serve } from '@hono/node-server';
        import { openFirewall } from './src/firewall/firewall.ts';
        import { recommendedPolicy } from './src/firewall/policy.ts';
        import { firewallServer } from './src/firewall/serve/firewall-server.ts';
        import { openMetrics } from './src/firewall/serve/metrics.ts';
        import { openSources } from './src/firewall/sources/sources.ts';
        const base = process.argv[2];
        const addresses = { pypi: base, pypistats: base, github: base, depsDev: base, osv: base };
        const sink = createWriteStream('/dev/null');
        const log = (entry) => sink.write(JSON.stringify(entry) + '\\n');
        const sources = openSources({ fetch, addresses, now: Date.now, userAgent: 'awspip/bench', sleep: async () => {} });
        const inspect = async () => ({ known: true, value: [], source: 'bench', fetchedAt: new Date().toISOString() });
        const firewall = openFirewall({ policy: recommendedPolicy, sources, now: Date.now, inspect });
        const metrics = openMetrics({ startedAt: Date.now(), memory: () => process.memoryUsage.rss() });
        const app = firewallServer({ firewall, proxy: undefined, metrics, log, clock: () => performance.now(), version: 'bench' });
        serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send(port));
        process.on('message', () => process.send({ rss: process.memoryUsage.rss(), cpu: process.cpuUsage() }));
      `,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  });
  return outfile;
}

const release = (day) => [
  { upload_time_iso_8601: `2024-01-${day}T00:00:00Z`, packagetype: 'sdist', filename: 'x.tar.gz', digests: {} },
];
const releases = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [`1.${index}`, release(String((index % 28) + 1).padStart(2, '0'))]),
);
const sourceResponse = (url) => {
  if (url.startsWith('/pypi/'))
    return { info: { version: '1.59', project_urls: { Source: 'https://github.com/o/bench' } }, releases };
  if (url.startsWith('/api/')) return { data: { last_month: 9_000 } };
  if (url.startsWith('/repos/')) return { stargazers_count: 500, archived: false };
  return {};
};

/** Sends requests and returns their rate per second and their sorted durations in milliseconds. */
async function load(pool, milliseconds) {
  const times = [];
  const end = performance.now() + milliseconds;
  let next = 0;
  const worker = async () => {
    while (performance.now() < end) {
      next += 1;
      const started = performance.now();
      const { statusCode, body } = await pool.request({
        method: 'GET',
        path: `/package-check?package_name=${names[next % names.length]}&version=1.59`,
      });
      const text = await body.text();
      if (statusCode !== 200 || !text.includes('"Green"')) throw new Error(`${statusCode} ${text}`);
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  return { rate: times.length / ((performance.now() - started) / 1_000), times: times.sort((a, b) => a - b) };
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-bench-'));
const sources = createServer((request, response) => response.end(JSON.stringify(sourceResponse(request.url)))).listen(
  0,
  '127.0.0.1',
);
await new Promise((resolve) => sources.once('listening', resolve));
const server = fork(await buildServer(folder), [`http://127.0.0.1:${sources.address().port}`]);
try {
  const port = await new Promise((resolve) => server.once('message', resolve));
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections });
  // Fill the caches. `sleep` does nothing in this server, so the rate limit of pypistats causes no wait.
  for (const name of names)
    await pool
      .request({ method: 'GET', path: `/package-check?package_name=${name}&version=1.59` })
      .then(({ body }) => body.dump());
  await load(pool, 2_000);
  const before = await usage();
  const { rate, times } = await load(pool, seconds * 1_000);
  const after = await usage();
  const quantile = (fraction) => `${times[Math.floor((times.length - 1) * fraction)].toFixed(1)} ms`;
  const microseconds = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  const perRequest = microseconds / times.length;
  console.log('| requests per second | p50 | p99 | slowest | server time per request | memory |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  console.log(
    `| ${Math.round(rate)} | ${quantile(0.5)} | ${quantile(0.99)} | ${quantile(1)} | ${perRequest.toFixed(0)} µs | ${Math.round(after.rss / 1e6)} MB |`,
  );
  await pool.close();
} finally {
  server.kill();
  sources.close();
  rmSync(folder, { recursive: true });
}

function usage() {
  server.send('usage');
  return new Promise((resolve) => server.once('message', resolve));
}
