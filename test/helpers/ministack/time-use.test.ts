import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covered, serialCount, timeUse } from './time-use.ts';

const period = (at: number, until: number) => ({ at, until });

test('what happens at the same time counts once, first as a call, then as a cold start, then as an import', () => {
  const use = timeUse(period(0, 100), {
    calls: [period(10, 20), period(15, 30), period(95, 120)],
    coldStarts: [period(0, 12), period(40, 50)],
    imports: [period(45, 60)],
  });
  expect(use).toEqual({ total: 100, calls: 25, coldStarts: 20, imports: 10, rest: 45 });
});

const periods = fc.array(
  fc.tuple(fc.nat(200), fc.nat(50)).map(([at, length]) => period(at - 50, at - 50 + length)),
  { maxLength: 12 },
);

test('the covered time is the number of moments at which a period is in progress', () => {
  fc.assert(
    fc.property(periods, (all) => {
      const moments = Array.from({ length: 100 }, (_, moment) => moment);
      const inProgress = moments.filter((moment) => all.some(({ at, until }) => at <= moment && moment < until));
      expect(covered(period(0, 100), all)).toBe(inProgress.length);
    }),
  );
});

test('calls in parallel count as one in a row, and calls that follow one another as many', () => {
  expect(serialCount([period(0, 50), period(1, 51), period(2, 52)])).toBe(1);
  expect(serialCount([period(0, 50), period(50, 100), period(10, 110), period(120, 130)])).toBe(3);
  expect(serialCount([])).toBe(0);
});
