import { afterAll, expect, test } from 'vitest';
import { age, duration, localTime } from '../../src/cli/times.ts';

const timeZone = process.env.TZ;
process.env.TZ = 'America/New_York';
afterAll(() => {
  process.env.TZ = timeZone ?? '';
});

const now = Date.parse('2026-11-26T22:44:00Z');

test.each([
  ['2026-11-27T03:44:00Z', 'Nov 26, 22:44 (in 5 h)'],
  ['2026-11-26T22:44:30Z', 'Nov 26, 17:44 (in less than a minute)'],
  ['2026-11-26T22:44:00Z', 'Nov 26, 17:44 (just now)'],
  ['2026-11-26T22:04:00Z', 'Nov 26, 17:04 (40 min ago)'],
  ['2026-11-23T22:44:00Z', 'Nov 23, 17:44 (3 days ago)'],
  ['2027-01-02T05:30:00Z', 'Jan 2, 2027, 00:30 (in 36 days)'],
  ['no time', 'an unknown time'],
])('%s is shown in local time, and relative to now: %s', (time, text) => {
  expect(localTime(time, now)).toBe(text);
});

test('an age is never in the future, because clocks differ', () => {
  expect(age('2026-11-26T21:44:00Z', now)).toBe('60 min ago');
  expect(age('2026-11-26T23:44:00Z', now)).toBe('just now');
  expect(age('', now)).toBe('at an unknown time');
});

test('durations have units, and no milliseconds', () => {
  expect(duration(26.74)).toBe('26.7 s');
  expect(duration(200)).toBe('3 min 20 s');
});
