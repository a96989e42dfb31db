import { defineConfig } from 'vitest/config';
import { textFiles } from '../text-files.ts';

/** The long form of the tests that kill processes and damage files: `npm run test:chaos`. */
export default defineConfig({
  plugins: [textFiles],
  test: {
    include: ['test/chaos/**/*.test.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
    maxConcurrency: 6,
    reporters: ['default', './test/reporter.ts'],
  },
});
