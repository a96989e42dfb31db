import { expect, test } from 'vitest';
import { fallbackFile, sourceRoot } from '../../src/review/source-root.ts';

const having = (files: readonly string[]) => (file: string) => files.includes(file);

test('the root of a checkout is the nearest folder with .git; without one, the folder itself', () => {
  expect(sourceRoot('/a/b/c', having(['/a/.git', '/.git']))).toBe('/a');
  expect(sourceRoot('/a', having(['/a/.git']))).toBe('/a');
  expect(sourceRoot('/a/b', having([]))).toBe('/a/b');
});

test.each([
  [
    'the first named file that exists',
    ['-', '/dev/fd/63', 'b.txt', 'c.txt'],
    ['/w/c.txt', '/w/requirements.txt'],
    'c.txt',
  ],
  ['the requirements file of the folder', [], ['/w/requirements.txt', '/w/pyproject.toml'], 'requirements.txt'],
  ['the project file', ['-'], ['/w/pyproject.toml'], 'pyproject.toml'],
  ['a stable path', ['rich'], [], 'requirements.txt'],
])('results without a location are at %s', (_, named, existing, expected) => {
  expect(fallbackFile(named, '/w', having(existing))).toBe(expected);
});
