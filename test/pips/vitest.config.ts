import { defineConfig } from 'vitest/config';

/** Configures `npm run test:pips`: the suite with every prepared pip. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/pips/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
