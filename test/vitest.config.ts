import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { textFiles } from './text-files.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Tests that run a build, a package manager or the CDK: too slow to run before each commit. */
const packaging = ['test/infra/**/*.test.ts', 'test/package.test.ts', 'test/release/prepare.test.ts'];

/** Tests with processes and sockets mostly wait, so that more of them than cores can run at the same time. */
const maxWorkers = 3;

/**
 * `unit` tests start no process and share module instances, so they run in seconds. `packaging` builds templates and
 * packages. `contract` tests use real sockets. `cli` tests run the built binary with a real pip.
 */
export default defineConfig({
  test: {
    // The SDK's notice about Node 20 would appear between the lines of the tests.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        root,
        plugins: [textFiles],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...packaging,
            'test/contract/**',
            'test/cli/**',
            'test/pips/**',
            'test/chaos/**',
            'test/fixtures/**',
          ],
          isolate: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        root,
        plugins: [textFiles],
        test: { name: 'packaging', include: packaging, testTimeout: 120_000, maxWorkers, sequence: { groupOrder: 1 } },
      },
      {
        root,
        plugins: [textFiles],
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers,
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
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
