// Measures the detector of similar names on a file of labelled names:
// node test/bench/names.mjs NAMES.csv
// Columns name,label,kind,target; targets may hold alternatives joined by `|`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

// --expose-gc makes the memory figure exact; --misses lists what the careful point gets wrong.
const [file, detail] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node test/bench/names.mjs NAMES.csv [--misses]');

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-bench-'));
const outfile = path.join(folder, 'names.mjs');
await build({
  stdin: {
    contents:
      "export * from './src/firewall/names/similar.ts'; export * from './src/firewall/names/popular-projects.ts'; export { normaliseName } from './src/index/names.ts';",
    resolveDir: root,
    loader: 'ts',
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile,
});
const { similarNames, operatingPoints, popularProjects, normaliseName } = await import(outfile);
rmSync(folder, { recursive: true });

const rows = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [name, label, kind, targets] = line.split(',');
    return {
      name,
      label,
      kind,
      targets: targets.split('|').map((target) => normaliseName(target.replace('stdlib:', ''))),
    };
  });
const popular = popularProjects();
const listed = new Set(popular);

/** Milliseconds of this process's own work: other processes do not count. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

global.gc?.();
const memoryBefore = process.memoryUsage();
const loadStarted = cpu();
const detector = similarNames({ popular });
detector('warm-it-up');
const loaded = cpu() - loadStarted;
const withoutExemption = similarNames({ popular, exemptPopular: false });

const unranked = rows.filter(({ name }) => !listed.has(normaliseName(name)));
for (const { name } of unranked) detector(name);
const started = cpu();
for (const { name } of unranked) detector(name);
const perName = ((cpu() - started) * 1000) / unranked.length;
const memory = process.memoryUsage();

const answers = rows.map((row) => ({ ...row, similar: detector(row.name) }));
const percent = (part, whole) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const ofKind = (kind) => answers.filter((row) => row.kind === kind);

function measure(min) {
  const flagged = (row) => (row.similar[0]?.confidence ?? 0) >= min;
  const count = (list) => list.filter(flagged).length;
  const squats = ofKind('typosquat');
  const hits = squats.filter(flagged);
  const inList = squats.filter(({ targets }) => targets.some((target) => listed.has(target)));
  const byTarget = Map.groupBy ? Map.groupBy(inList, ({ targets }) => targets.join('|')) : group(inList);
  const macro = [...byTarget.values()].reduce((sum, list) => sum + count(list) / list.length, 0) / byTarget.size;
  const right = hits.filter(({ similar, targets }) => targets.includes(similar[0].target)).length;
  const lookalikes = rows.filter(({ kind }) => kind === 'legit-lookalike');
  const exposed = lookalikes.filter(({ name }) => (withoutExemption(name)[0]?.confidence ?? 0) >= min).length;
  return {
    'long-tail false positives': percent(count(ofKind('longtail')), ofKind('longtail').length),
    recall: percent(hits.length, squats.length),
    'macro recall': `${(100 * macro).toFixed(1)} %`,
    'right target first': percent(right, hits.length),
    'popular false positives': percent(count(ofKind('popular')), ofKind('popular').length),
    'lookalikes, exemption off': percent(exposed, lookalikes.length),
    combosquats: percent(count(ofKind('combosquat')), ofKind('combosquat').length),
    confusion: percent(count(ofKind('confusion')), ofKind('confusion').length),
    'other malicious': percent(count(ofKind('other')), ofKind('other').length),
  };
}

function group(list) {
  const groups = new Map();
  for (const row of list) {
    const key = row.targets.join('|');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

const points = { ...operatingPoints };
for (const extra of (process.env.POINTS ?? '').split(',').filter(Boolean)) points[extra] = Number(extra);
const table = Object.entries(points).map(([name, min]) => [name, measure(min)]);
const columns = Object.keys(table[0][1]);
console.log(`| operating point | ${columns.join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(columns.length)}`);
for (const [name, figures] of table)
  console.log(`| ${name} | ${columns.map((column) => figures[column]).join(' | ')} |`);
console.log(
  `\nload ${loaded.toFixed(0)} ms, ${perName.toFixed(0)} µs per unranked name, memory +${((memory.heapUsed + memory.external - memoryBefore.heapUsed - memoryBefore.external) / 1e6).toFixed(0)} MB`,
);
if (detail === '--misses') {
  const show = (list) =>
    list.map(({ name, similar }) => `${name}→${similar[0]?.target}:${similar[0]?.confidence}`).join(' ');
  const flagged = ({ similar }) => (similar[0]?.confidence ?? 0) >= operatingPoints.careful;
  console.log(`\nlong-tail: ${show(ofKind('longtail').filter(flagged))}`);
  console.log(
    `\nmissed: ${ofKind('typosquat')
      .filter((row) => !flagged(row))
      .map(({ name, targets, similar }) => `${name}(${targets[0]}${similar[0] ? ` ${similar[0].confidence}` : ''})`)
      .join(' ')}`,
  );
}
