import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

test('the launcher is ASCII, so that Python 2 reads it as far as the check of its pip', () => {
  const launcher = readFileSync(path.resolve(import.meta.dirname, '../../src/pip/python/launch.py'), 'utf8');
  expect(launcher).toMatch(/^[\n\x20-\x7e]+$/);
});
