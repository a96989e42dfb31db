import { expect, test } from 'vitest';
import { parsePs, parseStat } from '../../src/pip/foreground.ts';

test.each([
  ['4711 (node) S 1 4711 4700 34816 4711 4194304 1', { group: 4711, terminal: 4711 }],
  ['4711 (a) b (c) S 1 4711 4700 34816 4700 4194304 1', { group: 4711, terminal: 4700 }],
  ['4711 (node) S 1 4711 4711 0 -1 4194304 1', { group: 4711, terminal: -1 }],
  ['', undefined],
])('parseStat reads %j', (text, groups) => {
  expect(parseStat(text)).toEqual(groups);
});

test.each([
  [' 4711  4711\n', { group: 4711, terminal: 4711 }],
  ['4711 0', { group: 4711, terminal: 0 }],
  ['', undefined],
])('parsePs reads %j', (text, groups) => {
  expect(parsePs(text)).toEqual(groups);
});
