import { expect, test } from 'vitest';
import { byteRange } from '../../src/relay/byte-range.ts';

const whole = { kind: 'whole' };
const part = (start: number, end: number) => ({ kind: 'part', start, end });

test.each([
  ['bytes=0-3', part(0, 3)],
  ['bytes=4-', part(4, 9)],
  ['bytes=4-400', part(4, 9)],
  ['bytes=-3', part(7, 9)],
  ['bytes=-30', part(0, 9)],
  ['bytes=9-9', part(9, 9)],
  ['Bytes= 0-0 ', part(0, 0)],
  ['bytes=10-', { kind: 'unsatisfiable' }],
  ['bytes=-0', { kind: 'unsatisfiable' }],
  ['bytes=0-1,3-4', whole],
  ['bytes=5-4', whole],
  ['bytes=-', whole],
  ['bytes=a-b', whole],
  ['items=0-1', whole],
  [undefined, whole],
])('of ten bytes, `%s` asks for %j', (range, expected) => {
  expect(byteRange({ range }, 10, '"tag"')).toEqual(expected);
});

test('a part is sent only if `If-Range` has the tag of this file', () => {
  const asked = (condition: string) => byteRange({ range: 'bytes=0-0', 'if-range': condition }, 10, '"tag"').kind;
  expect(['"tag"', '"other"', 'W/"tag"', 'Fri, 27 Nov 2026 10:00:00 GMT'].map(asked)).toEqual([
    ...['part', 'whole', 'whole', 'whole'],
  ]);
});

test('an empty file has no part', () => {
  expect([byteRange({ range: 'bytes=0-' }, 0, '""').kind, byteRange({ range: 'bytes=-1' }, 0, '""').kind]).toEqual([
    ...['unsatisfiable', 'unsatisfiable'],
  ]);
});
