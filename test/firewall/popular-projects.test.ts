import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { popularProjects } from '../../src/firewall/names/popular-projects.ts';
import { popularity } from '../../src/firewall/names/popularity.ts';
import { normaliseName } from '../../src/index/names.ts';

const names = popularProjects();

test('every line is one normalised name, and no name comes twice', () => {
  expect(names.filter((name) => name !== normaliseName(name) || !/^[a-z0-9-]+$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test('the README next to the list states its length', () => {
  const readme = new URL('../../src/firewall/names/README.md', import.meta.url);
  const stated = /the ([\d,]+) projects/.exec(readFileSync(readme, 'utf8'))?.[1];
  expect(Number(stated?.replace(',', ''))).toBe(names.length);
});

test('the line number is the rank', () => {
  const { rankOf } = popularity();
  const ranks = ['requests', names.at(-1) ?? '', 'request2'].map((name) => rankOf(normaliseName(name)));
  expect(ranks).toEqual([names.indexOf('requests') + 1, names.length, null]);
});
