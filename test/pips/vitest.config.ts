import { defineConfig } from 'vitest/config';
import { textFiles } from '../text-files.ts';

/** `npm run test:pips`: the suite over every pip that could be prepared. */
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
