// Measures what vetting costs the process of the local stack: its CPU time (user and system, all threads) per release,
// its memory, and how often it asks the upstream index for the same URL.
//
//   npm run build && node test/bench/stack-cpu.mjs [--runs N] [--profile FOLDER] REQUIREMENT...
//
// Each run vets the requirements from nothing, in a state folder of its own. `--profile` writes a CPU profile of each
// thread of the stack. Reads /proc, so it needs Linux. Needs a package index.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' }, profile: { type: 'string' } },
});
const requirements = positionals.length > 0 ? positionals : ['jupyter-server'];
const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-stack-cpu-'));
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:PIP_(?!CERT)|AWS|CODEARTIFACT_|CI$|VIRTUAL_ENV)/.test(name)),
);

/** Passes requests on to PyPI, and counts them. Files are read from where the pages point. */
async function startCountingIndex() {
  const counts = new Map();
  const server = http.createServer(async (request, response) => {
    counts.set(request.url, (counts.get(request.url) ?? 0) + 1);
    const answer = await fetch(`https://pypi.org${request.url}`, {
      headers: { accept: request.headers.accept ?? '*/*' },
    });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { counts, url: `http://127.0.0.1:${server.address().port}/simple/`, close: () => server.close() };
}

/** Returns the CPU seconds of a process since its start, and its largest memory in MB. */
function usageOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [user, system] = fields.slice(11, 13).map((ticks) => Number(ticks) / ticksPerSecond);
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  return { seconds: user + system, peak };
}

async function measure(number, index) {
  const state = path.join(folder, `state-${number}`);
  const environment = { ...inherited, PIP_INDEX_URL: index.url, AWSPIP_STACK: 'local', AWSPIP_STATE_DIRECTORY: state };
  const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
  const stack = path.join(state, `stack-${version}`);
  mkdirSync(stack, { recursive: true, mode: 0o700 });
  const configuration = path.join(stack, 'start.json');
  writeFileSync(configuration, JSON.stringify({ stateDirectory: state, idleSeconds: 600 }), { mode: 0o600 });
  const profiling = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${path.resolve(values.profile)}`] : [];
  const { pid } = spawn(process.execPath, [...profiling, bin, 'local', 'serve', configuration], {
    env: inherited,
    stdio: 'ignore',
  });
  while (!existsSync(path.join(stack, 'stack.json'))) await wait(100);
  await wait(500);
  const before = usageOf(pid);
  const startedAt = performance.now();
  const report = path.join(folder, `report-${number}.json`);
  const target = path.join(folder, `target-${number}`);
  await run(
    [bin, 'install', '-q', '--no-cache-dir', '--awspip-report', report, '--target', target, ...requirements],
    environment,
  );
  const wall = (performance.now() - startedAt) / 1000;
  const { seconds, peak } = usageOf(pid);
  await run([bin, 'local', 'down'], environment);
  const releases = JSON.parse(readFileSync(report, 'utf8')).releases.length;
  const requests = [...index.counts.values()];
  const repeated = requests.filter((count) => count > 1).length;
  index.counts.clear();
  return { wall, cpu: seconds - before.seconds, peak, releases, repeated, pages: requests.length };
}

function run(argv, env) {
  const child = spawn(process.execPath, argv, { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${argv.join(' ')}: ${code} ${stderr}`))));
  });
}

const index = await startCountingIndex();
try {
  console.log(
    '| releases | install, s | CPU of the stack, s | CPU per release, s | memory, MB | URLs read, and repeatedly |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: |');
  for (let number = 1; number <= Number(values.runs); number += 1) {
    const { wall, cpu, peak, releases, repeated, pages } = await measure(number, index);
    const columns = [
      releases,
      wall.toFixed(1),
      cpu.toFixed(1),
      (cpu / releases).toFixed(3),
      peak.toFixed(0),
      `${pages}, ${repeated}`,
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
} finally {
  index.close();
  rmSync(folder, { recursive: true, force: true });
}
