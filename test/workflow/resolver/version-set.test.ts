import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  hasPosition,
  intersect,
  isDisjoint,
  isEmpty,
  isSame,
  isSelected,
  isSubset,
  minus,
  only,
  positions,
  setOf,
  universe,
} from '../../../src/workflow/resolver/version-set.ts';

const count = 70;
const members = fc.uniqueArray(fc.nat(count - 1)).map((list) => list.sort((a, b) => a - b));
const make = (list: readonly number[]) => setOf(count, (position) => list.includes(position));

test('version sets behave like sets of numbers', () => {
  fc.assert(
    fc.property(members, members, (left, right) => {
      const [a, b] = [make(left), make(right)];
      expect(positions(a)).toEqual(left);
      expect(positions(intersect(a, b))).toEqual(left.filter((each) => right.includes(each)));
      expect(positions(minus(a, b))).toEqual(left.filter((each) => !right.includes(each)));
      expect(isSubset(a, b)).toBe(left.every((each) => right.includes(each)));
      expect(isDisjoint(a, b)).toBe(!left.some((each) => right.includes(each)));
      expect(isEmpty(a)).toBe(left.length === 0);
      expect(isSame(a, b)).toBe(left.join() === right.join());
      expect(isSame(minus(universe(count), minus(universe(count), a)), a)).toBe(true);
    }),
  );
});

test.each([0, 30, 31, 32, 62, 63, 69])('a set can contain only position %i', (position) => {
  expect(positions(only(universe(count), position))).toEqual([position]);
  expect(hasPosition(universe(count), position)).toBe(true);
});

test('only the whole set contains "not selected"', () => {
  expect(isSelected(universe(3))).toBe(false);
  expect(isSelected(setOf(3, () => true))).toBe(true);
  expect(positions(universe(0))).toEqual([]);
});
