// What awspip adds to pip: the same commands run by both, in pairs, in turns; medians of the paired ratios.
//
//   npm run build && node test/bench/overhead.mjs [PAIRS]
//
// Installs go into a new folder each time, with warm caches, from a repository in which everything is vetted.
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

function run([command, first], argv) {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, [...first, ...argv], { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - began;
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
    const [plain, ours] = [0, 1].map((which) => median(times.map((pair) => pair[which])).toFixed(0));
    console.log(`| \`${name}\` | ${plain} | ${ours} | ${median(times.map(([a, b]) => b / a)).toFixed(2)} |`);
  }
} finally {
  run(awspip, ['local', 'down']);
  rmSync(folder, { recursive: true, force: true });
}
