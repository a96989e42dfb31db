import { test } from 'vitest';

/** Whether every case runs, as with `npm run test:long`. Without it one case of each promise runs: CI has 15 minutes. */
export const runsEveryCase = process.env.AWSPIP_TEST_CASES === 'all';

/** Defines a test whose promise another test also holds, with fewer processes or at another layer. */
export const longTest = test.skipIf(!runsEveryCase);

/** Returns all cases in the long form, and otherwise the first of each kind. */
export function representatives<T>(cases: readonly T[], kindOf: (one: T) => string): T[] {
  if (runsEveryCase) return [...cases];
  const kinds = cases.map(kindOf);
  return cases.filter((_, at) => kinds.indexOf(kinds[at] ?? '') === at);
}
