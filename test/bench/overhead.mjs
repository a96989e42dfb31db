// Measures the overhead of awspip over pip: runs the same commands with both, in alternating pairs, and prints medians.
//
//   npm run build && node test/bench/overhead.mjs [PAIRS]
//
// Each install uses a new target folder, warm caches, and a repository in which all packages are vetted.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const pairs = Number(process.argv[2] ?? 9);
const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-bench-'));
const environment = { ...process.env, AWSPIP_STACK: 'local', AWSPIP_STATE_DIRECTORY: path.join(folder, 'state') };
const pip = ['python3', ['-m', 'pip']];
const awspip = [process.execPath, [bin]];

function run([command, prefix], argv) {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, [...prefix, ...argv], { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')} exited with ${status}: ${stderr}`);
  return performance.now() - start;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
let runs = 0;
const install = () => {
  runs += 1;
  return ['install', '--quiet', '--target', path.join(folder, `target-${runs}`), 'requests'];
};
const cases = { '--version': () => ['--version'], list: () => ['list'], 'install requests (vetted)': install };

try {
  run(awspip, install());
  run(pip, install());
  console.log('| command | pip, ms | awspip, ms | ratio |\n| --- | --- | --- | --- |');
  for (const [name, argv] of Object.entries(cases)) {
    const times = Array.from({ length: pairs }, () => [run(pip, argv()), run(awspip, argv())]);
    const pipTime = median(times.map(([time]) => time)).toFixed(0);
    const awspipTime = median(times.map(([, time]) => time)).toFixed(0);
    const ratio = median(times.map(([plain, wrapped]) => wrapped / plain)).toFixed(2);
    console.log(`| \`${name}\` | ${pipTime} | ${awspipTime} | ${ratio} |`);
  }
} finally {
  run(awspip, ['local', 'down']);
  rmSync(folder, { recursive: true, force: true });
}
