import { defineConfig } from 'vitest/config';
import { textFiles } from '../text-files.ts';

/** Configures `npm run test:pips`: the suite with every prepared pip. */
export default defineConfig({
  plugins: [textFiles],
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/pips/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
