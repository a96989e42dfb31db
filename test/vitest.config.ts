import { defineConfig } from 'vitest/config';
import { textFiles } from './text-files.ts';

const root = new URL('..', import.meta.url).pathname;

/** `unit` needs no process; `contract` speaks over real sockets; `cli` runs the built binary with a real pip. */
export default defineConfig({
  test: {
    // The SDK's own notice about Node 20 would stand between the tests' lines.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        root,
        plugins: [textFiles],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/chaos/**', 'test/contract/**', 'test/cli/**', 'test/pips/**', 'test/fixtures/**'],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        root,
        plugins: [textFiles],
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        root,
        plugins: [textFiles],
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
