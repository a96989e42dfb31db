// Measures the detectors of similar and contained names on a file of labelled names:
//
//   node --expose-gc test/bench/names.mjs NAMES.csv [--misses]
//
// The columns are name,label,kind,target. Alternative targets are separated by `|`. `--expose-gc` makes the memory figure
// exact. `--misses` lists the wrong results at high precision.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const [file, detail] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node test/bench/names.mjs NAMES.csv [--misses]');

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-bench-'));
const outfile = path.join(folder, 'names.mjs');
await build({
  stdin: {
    contents:
      "export * from './src/firewall/names/similar.ts'; export * from './src/firewall/names/contained.ts'; export * from './src/firewall/names/popular-projects.ts'; export { normaliseName } from './src/index/names.ts';",
    resolveDir: root,
    loader: 'ts',
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile,
});
const { similarNames, containedNames, minContainedConfidence, operatingPoints, popularProjects, normaliseName } =
  await import(outfile);
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

/** Returns the CPU time of this process in milliseconds, which other processes do not affect. */
const cpuTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

global.gc?.();
const memoryBefore = process.memoryUsage();
const loadStart = cpuTime();
const detector = similarNames({ popular });
detector('warm-up');
const loadTime = cpuTime() - loadStart;

const unranked = rows.filter(({ name }) => !listed.has(normaliseName(name)));
for (const { name } of unranked) detector(name);
const start = cpuTime();
for (const { name } of unranked) detector(name);
const microsecondsPerName = ((cpuTime() - start) * 1000) / unranked.length;
global.gc?.();
const memory = process.memoryUsage();

const containedLoadStart = cpuTime();
const contained = containedNames({ popular });
const containedLoadTime = cpuTime() - containedLoadStart;
for (const { name } of unranked) contained(name);
const containedStart = cpuTime();
for (const { name } of unranked) contained(name);
const containedMicroseconds = ((cpuTime() - containedStart) * 1000) / unranked.length;
global.gc?.();
const containedMemory = process.memoryUsage();

const withoutExemption = similarNames({ popular, exemptPopular: false });
const results = rows.map((row) => ({ ...row, similar: detector(row.name), contains: contained(row.name) }));
const percent = (part, whole) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const ofKind = (kind) => results.filter((row) => row.kind === kind);

function measure(minConfidence) {
  const isFlagged = (row) => (row.similar[0]?.confidence ?? 0) >= minConfidence;
  const count = (list) => list.filter(isFlagged).length;
  const typosquats = ofKind('typosquat');
  const hits = typosquats.filter(isFlagged);
  const withListedTarget = typosquats.filter(({ targets }) => targets.some((target) => listed.has(target)));
  const byTarget = groupByTargets(withListedTarget);
  const macro = [...byTarget.values()].reduce((sum, list) => sum + count(list) / list.length, 0) / byTarget.size;
  const correct = hits.filter(({ similar, targets }) => targets.includes(similar[0].target)).length;
  const lookalikes = rows.filter(({ kind }) => kind === 'legit-lookalike');
  const flaggedLookalikes = lookalikes.filter(
    ({ name }) => (withoutExemption(name)[0]?.confidence ?? 0) >= minConfidence,
  ).length;
  return {
    'long-tail false positives': percent(count(ofKind('longtail')), ofKind('longtail').length),
    recall: percent(hits.length, typosquats.length),
    'macro recall': `${(100 * macro).toFixed(1)} %`,
    'correct target first': percent(correct, hits.length),
    'popular false positives': percent(count(ofKind('popular')), ofKind('popular').length),
    'lookalikes, exemption off': percent(flaggedLookalikes, lookalikes.length),
    combosquats: percent(count(ofKind('combosquat')), ofKind('combosquat').length),
    confusion: percent(count(ofKind('confusion')), ofKind('confusion').length),
    'other malicious': percent(count(ofKind('other')), ofKind('other').length),
  };
}

function groupByTargets(list) {
  const groups = new Map();
  for (const row of list) {
    const key = row.targets.join('|');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

const points = { ...operatingPoints };
for (const extra of (process.env.POINTS ?? '').split(',').filter(Boolean)) points[extra] = Number(extra);
const table = Object.entries(points).map(([name, minConfidence]) => [name, measure(minConfidence)]);
const columns = Object.keys(table[0][1]);
console.log(`| operating point | ${columns.join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(columns.length)}`);
for (const [name, figures] of table)
  console.log(`| ${name} | ${columns.map((column) => figures[column]).join(' | ')} |`);
const isContaining = ({ contains }) => (contains[0]?.confidence ?? 0) >= minContainedConfidence;
const containing = (kind) => ofKind(kind).filter(isContaining);
const containedShare = (kind) => percent(containing(kind).length, ofKind(kind).length);
const namesTarget = ({ contains, targets }) => contains.some(({ target }) => targets.includes(target));
const combosquatTargets = groupByTargets(ofKind('combosquat'));
const macroContained = [...combosquatTargets.values()].reduce(
  (sum, list) => sum + list.filter(isContaining).length / list.length,
  0,
);
console.log(
  `\n| contains | long-tail false positives | combosquats | macro recall | correct target | popular false positives | typosquats | other malicious |
| --- | --- | --- | --- | --- | --- | --- | --- |
| from ${minContainedConfidence} | ${[
    containedShare('longtail'),
    containedShare('combosquat'),
    percent(macroContained, combosquatTargets.size),
    percent(containing('combosquat').filter(namesTarget).length, containing('combosquat').length),
    containedShare('popular'),
    containedShare('typosquat'),
    containedShare('other'),
  ].join(' | ')} |`,
);
const megabytesSince = (before, after) =>
  ((after.heapUsed + after.external - before.heapUsed - before.external) / 1e6).toFixed(0);
console.log(
  `\ncontains: load ${containedLoadTime.toFixed(0)} ms, ${containedMicroseconds.toFixed(0)} µs per unranked name, memory +${megabytesSince(memory, containedMemory)} MB`,
);
console.log(
  `\nsimilar: load ${loadTime.toFixed(0)} ms, ${microsecondsPerName.toFixed(0)} µs per unranked name, memory +${megabytesSince(memoryBefore, memory)} MB`,
);
if (detail === '--misses') {
  const show = (list) =>
    list.map(({ name, similar }) => `${name}→${similar[0]?.target}:${similar[0]?.confidence}`).join(' ');
  const isFlagged = ({ similar }) => (similar[0]?.confidence ?? 0) >= operatingPoints.highPrecision;
  console.log(`\nlong-tail: ${show(ofKind('longtail').filter(isFlagged))}`);
  console.log(
    `\nmissed: ${ofKind('typosquat')
      .filter((row) => !isFlagged(row))
      .map(({ name, targets, similar }) => `${name}(${targets[0]}${similar[0] ? ` ${similar[0].confidence}` : ''})`)
      .join(' ')}`,
  );
}
