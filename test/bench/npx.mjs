// Measures a first `npx awspip`: the package that `npm pack` makes of the last build, an npm registry on loopback, and
// an npm cache that is empty in each run. Next to it, an empty package with one file: what npx itself costs.
//
//   npm run build && node test/bench/npx.mjs [--runs N] [--package FOLDER]
//
// Prints medians of the CPU time (user and system, of npx and all its children) and of the wall time. bash measures
// them. `awspip list` needs Python with pip, whose own time is part of it; `pip list` alone is the last row.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startNpmRegistry } from './npm-registry.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, package: { type: 'string', default: '.' } },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-npx-'));
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_|AWS|PIP_|CI$|VIRTUAL_ENV)/i.test(name)),
);

/** Returns what `npm pack` makes of a folder, with the manifest in it. */
function packed(source) {
  const options = ['--json', '--ignore-scripts', `--pack-destination=${folder}`];
  const [{ filename, unpackedSize, entryCount }] = JSON.parse(
    execFileSync('npm', ['pack', ...options], { cwd: source, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const manifest = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
  return { manifest, tarball: readFileSync(path.join(folder, filename)), unpackedSize, entryCount };
}

function emptyPackage() {
  const source = path.join(folder, 'empty');
  mkdirSync(source);
  writeFileSync(path.join(source, 'package.json'), '{"name":"empty","version":"1.0.0","bin":"empty.js"}');
  writeFileSync(path.join(source, 'empty.js'), '#!/usr/bin/env node\n');
  return packed(source);
}

let runs = 0;
/** Runs a command with a home folder and an npm cache of its own. Returns its seconds: CPU and wall. */
async function measure(argv, registry) {
  runs += 1;
  const home = path.join(folder, `home-${runs}`);
  mkdirSync(home);
  const npm = { npm_config_registry: registry, npm_config_cache: path.join(home, 'npm'), npm_config_yes: 'true' };
  const env = { ...inherited, ...npm, HOME: home };
  // Asynchronous, because the registry is in this process.
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S %R"; time "$@" > out 2> err', 'bash', ...argv], {
    ...{ cwd: home, env, stdio: ['ignore', 'ignore', 'pipe'] },
  });
  let times = '';
  child.stderr.on('data', (chunk) => {
    times += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0)
    throw new Error(`${argv.join(' ')}: exit code ${code}: ${readFileSync(path.join(home, 'err'), 'utf8')}`);
  rmSync(home, { recursive: true, force: true });
  const [user, system, wall] = times.trim().split(' ').map(Number);
  return { cpu: user + system, wall };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const cases = {
  'npx awspip --version': ['npx', 'awspip', '--version'],
  'npx awspip list': ['npx', 'awspip', 'list'],
  'npx empty': ['npx', 'empty'],
  'python3 -m pip list': ['python3', '-m', 'pip', 'list'],
};

try {
  const awspip = packed(path.resolve(values.package));
  const needed = Object.keys(awspip.manifest.dependencies ?? {});
  if (needed.length > 0) {
    throw new Error(`the registry has only awspip, but package.json has \`dependencies\`: ${needed.join(', ')}`);
  }
  const { url, close } = await startNpmRegistry([awspip, emptyPackage()]);
  console.log(
    `${(awspip.tarball.length / 1e6).toFixed(1)} MB packed, ${(awspip.unpackedSize / 1e6).toFixed(1)} MB in ${awspip.entryCount} files\n`,
  );
  console.log('| command | CPU, s | wall, s |\n| --- | ---: | ---: |');
  // In turn, so that other load on the machine meets all of them.
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const [name, argv] of Object.entries(cases)) times[name].push(await measure(argv, url));
  }
  for (const [name, measured] of Object.entries(times)) {
    const [cpu, wall] = ['cpu', 'wall'].map((key) => median(measured.map((one) => one[key])).toFixed(2));
    console.log(`| \`${name}\` | ${cpu} | ${wall} |`);
  }
  await close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
