import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { lateOptimization } from '../src/compiler-settings.ts';

test('the V8 of this Node.js has the options, and says nothing', () => {
  const options = lateOptimization(process.versions.node);
  expect(options.length).toBeGreaterThan(0);
  const program = `for (const option of ${JSON.stringify(options)}) require('v8').setFlagsFromString(option)`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('a Node.js whose V8 is not known gets no option', () => {
  expect(['18.20.8', '21.0.0', '26.0.0', ''].map(lateOptimization)).toEqual([[], [], [], []]);
});
