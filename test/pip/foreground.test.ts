import { expect, test } from 'vitest';
import { groupsOfPs, groupsOfStat } from '../../src/pip/foreground.ts';

test.each([
  ['4711 (node) S 1 4711 4700 34816 4711 4194304 1', { own: 4711, terminals: 4711 }],
  ['4711 (a) b (c) S 1 4711 4700 34816 4700 4194304 1', { own: 4711, terminals: 4700 }],
  ['4711 (node) S 1 4711 4711 0 -1 4194304 1', { own: 4711, terminals: -1 }],
  ['', undefined],
])('of %j', (text, groups) => {
  expect(groupsOfStat(text)).toEqual(groups);
});

test.each([
  [' 4711  4711\n', { own: 4711, terminals: 4711 }],
  ['4711 0', { own: 4711, terminals: 0 }],
  ['', undefined],
])('of ps saying %j', (text, groups) => {
  expect(groupsOfPs(text)).toEqual(groups);
});
