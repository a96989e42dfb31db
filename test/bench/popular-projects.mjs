// Writes src/firewall/names/popular-projects.txt from a list of `rank<TAB>name` lines in rank order:
// node test/bench/popular-projects.mjs LIST.tsv
import { readFileSync, writeFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node test/bench/popular-projects.mjs LIST.tsv');
const lines = readFileSync(file, 'utf8').trim().split('\n');
const names = lines.map(
  (line) =>
    line
      .split('\t')[1]
      ?.toLowerCase()
      .replace(/[-_.]+/g, '-') ?? '',
);
if (names.some((name) => !/^[a-z0-9-]+$/.test(name))) throw new Error('not a list of project names');
writeFileSync(
  new URL('../../src/firewall/names/popular-projects.txt', import.meta.url),
  `${[...new Set(names)].join('\n')}\n`,
);
