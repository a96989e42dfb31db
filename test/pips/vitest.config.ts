import { defineConfig } from 'vitest/config';

/** `npm run test:pips`: the suite over every pip that could be prepared. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/pips/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
