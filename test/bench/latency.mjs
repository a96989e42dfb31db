// Measures installs from a repository that is a round trip away: plain pip, awspip, uv, and uv behind awspip, in
// alternating runs with empty caches, and prints medians and the ratio of the pairs.
//
//   npm run build && node test/bench/latency.mjs [PACKAGE] [ROUND_TRIP_MS] [PAIRS] [CASE[:ROW]] [MEGABITS] [window]
//
// `warm:uv` measures only the rows of `warm` whose title starts with `uv`. MEGABITS limits what all connections to the
// repository receive in a second; without it, or with `Infinity`, only the machine does. With `window`, connections begin
// slowly and have 4 MiB on their way at most, as TCP on Linux does; without it, any file arrives in one round trip.
// Each command runs once before it is measured, so that the compiled code of Python and Node.js exists.
// Set TMPDIR to a folder in memory if the disk is ext4 without a journal: creating files is several times slower there
// for some seconds after others were removed, which the runs before do.
// The repository is the endpoint of a local stack behind a proxy that adds the round trip. Everything is vetted before,
// except in the case `cold`. uv takes part if it is on PATH. Needs a package index.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startHeavyIndex } from './heavy-index.mjs';
import { startLatencyProxy } from './latency-proxy.mjs';

const [package_ = 'jupyter-server', roundTripText = '80', pairsText = '5', chosen = '', megabitsText, windowText] =
  process.argv.slice(2);
const [only, onlyRow = ''] = chosen.split(':');
const roundTrip = Number(roundTripText);
const pairs = Number(pairsText);
const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-latency-'));
/** The folder in which commands run, as in a project. It stays empty, because an installer and awspip search it. */
const project = path.join(folder, 'project');
mkdirSync(project);
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:PIP_(?!CERT)|UV_|AWS|CODEARTIFACT_|CI$|VIRTUAL_ENV)/.test(name)),
);
const common = { ...inherited, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' };
const hasUv = spawnable('uv');

/** The releases of the bench have no history, so that a policy that is enforced would stop them. */
const allowEverything = 'name: bench\nmode: observe\n';

/** The folder of the caches. Only compiled code stays in it. */
const compiled = path.join(folder, 'compiled');

let runs = 0;
/** Returns a new folder for each run: a target or a cache. */
const fresh = (kind) => {
  runs += 1;
  return path.join(folder, `${kind}-${runs}`);
};

/** A repository of vetted packages behind the proxy, and the ways to install from it. */
async function openRepository(name, variables, vet) {
  const local = { ...common, ...variables, AWSPIP_STACK: 'local', AWSPIP_STATE_DIRECTORY: path.join(folder, name) };
  for (const argv of vet) await run(process.execPath, [bin, ...argv], local);
  const text = execFileSync(process.execPath, [bin, 'local', 'env'], { env: local, encoding: 'utf8' });
  const env = Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, key, value]) => [key, value]));
  const index = new URL(env.PIP_INDEX_URL);
  const proxy = await startLatencyProxy(Number(index.port));
  const at = (url) => Object.assign(new URL(url), { port: proxy.port }).href;
  const endpoint = at(env.PIP_INDEX_URL.replace(/simple\/$/, '').replace(/\/\/[^@]*@/, '//'));
  const [, domain] = /\/d\/(.+)-\d{12}\//.exec(index.pathname);
  const plain = { ...common, PIP_INDEX_URL: at(env.PIP_INDEX_URL), UV_DEFAULT_INDEX: at(env.PIP_INDEX_URL) };
  const awspip = {
    ...common,
    ...{ AWSPIP_DOMAIN: domain, AWSPIP_ENDPOINT: endpoint, CODEARTIFACT_AUTH_TOKEN: index.password },
    ...{ AWSPIP_TABLE: domain, AWSPIP_STATE_MACHINE: env.AWSPIP_STATE_MACHINE, AWSPIP_FRESHNESS: 'off' },
    ...{ AWS_ENDPOINT_URL: at(env.AWS_ENDPOINT_URL), AWS_REGION: env.AWS_REGION },
    ...{ AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY },
    AWSPIP_STATE_DIRECTORY: path.join(folder, `${name}-client`),
  };
  const close = async () => {
    proxy.close();
    await run(process.execPath, [bin, 'local', 'down'], local);
  };
  return { proxy, plain, awspip, local, close };
}

/** Returns the installs of requirements as `name → run`, each with empty caches of packages. */
function installs({ plain, awspip }, requirements, options = []) {
  const pipArguments = () => {
    const own = ['--target', fresh('target'), '--cache-dir', fresh('cache')];
    return ['install', '-q', ...own, ...options, ...requirements];
  };
  const own = { ...awspip, XDG_CACHE_HOME: compiled };
  const emptyCache = () => rmSync(path.join(compiled, 'awspip', 'files'), { recursive: true, force: true });
  const withOwnCache = (argv) => ({ before: emptyCache, install: () => run(process.execPath, [bin, ...argv()], own) });
  const uvArguments = () => ['pip', ...pipArguments()];
  return {
    pip: () => run('python3', ['-m', 'pip', ...pipArguments()], plain),
    awspip: withOwnCache(pipArguments),
    uv: () => run('uv', uvArguments(), plain),
    'exec uv': withOwnCache(() => ['exec', '--', 'uv', ...uvArguments()]),
  };
}

/** Runs both in turn, and prints the medians of their times and bytes and of the ratios of the pairs. */
async function compare(title, repository, milliseconds, [firstName, first], [secondName, second]) {
  if (!title.startsWith(onlyRow)) return;
  const hasWindow = windowText === 'window' && milliseconds > 0;
  Object.assign(repository.proxy, { roundTrip: milliseconds, megabits: Number(megabitsText ?? Infinity), hasWindow });
  const measured = [];
  for (const way of [first, second]) await measure(repository.proxy, way);
  for (let pair = 0; pair < pairs; pair += 1) {
    const one = await measure(repository.proxy, first);
    measured.push([one, await measure(repository.proxy, second)]);
  }
  Object.assign(repository.proxy, { roundTrip: 0, megabits: Infinity, hasWindow: false });
  const column = (at, key) => median(measured.map((pair) => pair[at][key]));
  const ratio = (key) => median(measured.map(([one, other]) => other[key] / one[key])).toFixed(2);
  const megabytes = (at) => (column(at, 'bytes') / 1e6).toFixed(1);
  const seconds = (at) => (column(at, 'milliseconds') / 1000).toFixed(2);
  console.log(
    `| ${title} | ${milliseconds} | ${firstName} ${seconds(0)} s, ${megabytes(0)} MB | ${secondName} ${seconds(1)} s, ${megabytes(1)} MB | ${ratio('milliseconds')} | ${ratio('bytes')} |`,
  );
}

/** Measures a way to install: a function, or one between `before` and `after`, which take no part. */
async function measure(proxy, way) {
  const { before, install, after } = typeof way === 'function' ? { install: way } : way;
  await before?.();
  const bytes = proxy.bytes;
  const start = performance.now();
  await install();
  const measured = { milliseconds: performance.now() - start, bytes: Math.max(1, proxy.bytes - bytes) };
  await after?.();
  return measured;
}

const cases = {
  async warm(say) {
    const repository = await openRepository('warm', {}, [['install', '-q', '--target', fresh('target'), package_]]);
    const ways = installs(repository, [package_]);
    const dry = installs(repository, [package_], ['--dry-run', '--ignore-installed']);
    try {
      await say(`install ${package_}`, repository, roundTrip, ['pip', ways.pip], ['awspip', ways.awspip]);
      await say(`install ${package_}`, repository, 0, ['pip', ways.pip], ['awspip', ways.awspip]);
      await say(`install --dry-run ${package_}`, repository, roundTrip, ['pip', dry.pip], ['awspip', dry.awspip]);
      if (hasUv)
        await say(`uv pip install ${package_}`, repository, roundTrip, ['uv', ways.uv], ['exec uv', ways['exec uv']]);
    } finally {
      await repository.close();
    }
  },
  async backtracking(say) {
    const wheels = fresh('wheels');
    mkdirSync(wheels);
    const index = await startHeavyIndex(wheels);
    const policy = path.join(folder, 'policy.yaml');
    writeFileSync(policy, allowEverything);
    const vet = index.releases.map((release) => ['vet', release]);
    const repository = await openRepository('heavy', { ...index.environment, AWSPIP_POLICY: policy }, vet);
    const ways = installs(repository, index.requirements);
    const pinned = installs(repository, index.solution);
    try {
      const title = 'backtracking over 20 wheels of 30 MB';
      await say(title, repository, roundTrip, ['pip', ways.pip], ['awspip', ways.awspip]);
      await say(`${title}, solution given`, repository, roundTrip, ['pip', ways.pip], ['pip, pinned', pinned.pip]);
    } finally {
      await repository.close();
      index.close();
    }
  },
  async cold(say) {
    const repository = await openRepository('cold', {}, [['local', 'up']]);
    const install = (variables) =>
      run(process.execPath, [bin, 'install', '-q', '--target', fresh('target'), '--no-cache-dir', package_], variables);
    let variables;
    const cold = {
      async before() {
        variables = { ...repository.local, AWSPIP_STATE_DIRECTORY: fresh('state') };
        await run(process.execPath, [bin, 'local', 'up'], variables);
      },
      install: () => install(variables),
      after: () => run(process.execPath, [bin, 'local', 'down'], variables),
    };
    try {
      await install(repository.local);
      await say(
        `install ${package_}, nothing vetted`,
        repository,
        0,
        ['warm', () => install(repository.local)],
        ['cold', cold],
      );
    } finally {
      await repository.close();
    }
  },
  async list(say) {
    const proxy = { roundTrip: 0, bytes: 0 };
    const list = ['list', '--disable-pip-version-check'];
    const pip = () => run('python3', ['-m', 'pip', ...list], common);
    await say('list', { proxy }, 0, ['pip', pip], ['awspip', () => run(process.execPath, [bin, ...list], common)]);
  },
};

try {
  console.log('| command | round trip, ms | first | second | time | bytes |\n| --- | ---: | --- | --- | ---: | ---: |');
  for (const [name, measureCase] of Object.entries(cases)) if (only === '' || only === name) await measureCase(compare);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function spawnable(command) {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs a command to its end. The proxy is in this process, so the wait must not block it. */
function run(command, argv, env) {
  const child = spawn(command, argv, { env, cwd: project, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${argv.join(' ')} exited with ${code}: ${stderr}`)),
    );
  });
}
