import { expect, test } from 'vitest';
import { fileCheck } from '../../src/codeartifact/judged-files.ts';
import type { ProjectName } from '../../src/index/types.ts';

const release = (version: string) => ({ name: 'demo' as ProjectName, version });

test.each([
  ['1.2', 'demo-1.2.tar.gz'],
  ['1.2', 'demo-1.2.0-py3-none-any.whl'],
  ['1.2.0', 'demo-1.2-py3-none-any.whl'],
  ['1.2', 'demo-v1.2.zip'],
  ['1.2', 'demo-01.002.00-py3-none-any.whl'],
  ['01.2', 'demo-1.2-py3-none-any.whl'],
  ['1!1.2', 'demo-1!1.2.tar.gz'],
  ['1.2rc1', 'demo-1.2.0-c1.tar.gz'],
  ['0', 'demo-0.0.tar.gz'],
])('a file of %s is recognized by every spelling of its version: %s', (version, filename) => {
  expect(fileCheck(release(version))(filename)).toBe(true);
});

test.each([
  'demo-1.20.tar.gz',
  'demo-11.2-py3-none-any.whl',
  'demo-1.2.1.tar.gz',
  'demo-1.2rc1.tar.gz',
  'other-1.2.zip',
])('%s is no file of 1.2', (filename) => {
  expect(fileCheck(release('1.2'))(filename)).toBe(false);
});
