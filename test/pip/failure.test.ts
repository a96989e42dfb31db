import { describe, expect, test } from 'vitest';
import { readFailure } from '../../src/pip/failure.ts';

const missing = (requirement: string, versions = 'none') =>
  `ERROR: Could not find a version that satisfies the requirement ${requirement} (from versions: ${versions})\n` +
  `ERROR: No matching distribution found for ${requirement}\n`;

describe('a missing requirement', () => {
  test('is read once, with the found versions', () => {
    expect(readFailure(missing('six<2,>=1', '0.1, 0.2')).requirements).toEqual([
      { text: 'six<2,>=1', versions: ['0.1', '0.2'], nested: false },
    ]);
  });

  test('has no versions for `none`, and undefined ones when pip prints none', () => {
    expect(readFailure(missing('six')).requirements[0]?.versions).toEqual([]);
    const old = 'ERROR: Could not find a version that satisfies the requirement six\n';
    expect(readFailure(old).requirements[0]).toEqual({ text: 'six', nested: false });
  });

  test('has its origin, with any brackets in it', () => {
    const line =
      'ERROR: Could not find a version that satisfies the requirement nope[b] (from a->-r r (1).txt (line 3)) (from versions: none)';
    expect(readFailure(line).requirements).toEqual([
      { text: 'nope[b]', from: 'a->-r r (1).txt (line 3)', versions: [], nested: false },
    ]);
  });

  test('is read with `final` (26.0), from the second line alone (`pip index`), and under colours', () => {
    expect(
      readFailure('ERROR: Could not find a final version that satisfies the requirement a (from versions: 1rc1)')
        .requirements[0],
    ).toMatchObject({ text: 'a', versions: ['1rc1'] });
    expect(readFailure('ERROR: No matching distribution found for b').requirements[0]?.text).toBe('b');
    const coloured = `\x1b[31m${missing('c').replaceAll('\n', '\x1b[0m\x1b[31m\n\x1b[0m\x1b[31m')}`;
    expect(readFailure(coloured).requirements).toEqual([{ text: 'c', versions: [], nested: false }]);
  });

  test.each(['      ', '  │ ', '    | '])('is nested behind `%s`', (indentation) => {
    const text = missing('builder>=1.2').replace(/^/gm, indentation);
    expect(readFailure(text).requirements).toEqual([{ text: 'builder>=1.2', versions: [], nested: true }]);
  });

  test('is not read from other lines', () => {
    expect(
      readFailure('Could not find a version that satisfies the requirement six\nERROR: other').requirements,
    ).toEqual([]);
    expect(readFailure('ERROR: No matching distribution found for ').requirements).toEqual([]);
  });
});

test.each([
  ['ERROR: ResolutionImpossible: for help visit https://pip', 'resolutionImpossible'],
  ['/usr/bin/python3: No module named pip\n', 'noPip'],
  ["/usr/bin/python3: No module named pip.__main__; 'pip' is a package and cannot be directly executed", 'noPip'],
  ['ERROR: Operation cancelled by user\n', 'cancelled'],
  ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'hashMismatch'],
  [
    'ERROR: Ignored the following versions that require a different python version: 2.0 Requires-Python >=3.99',
    'otherPython',
  ],
] as const)('`%s` is read as %s', (text, flag) => {
  expect(readFailure(text)[flag]).toBe(true);
  expect(readFailure('')[flag]).toBe(false);
});

describe('hostile output', () => {
  const quick = (text: string) => {
    const started = performance.now();
    const failure = readFailure(text);
    expect(performance.now() - started).toBeLessThan(1500);
    return failure;
  };

  test('with huge lines does not cause backtracking', () => {
    const start = 'ERROR: Could not find a version that satisfies the requirement ';
    expect(quick(start + ' (from '.repeat(700_000)).requirements).toEqual([]);
    expect(quick(`${start}a${' (from versions: '.repeat(14_000)}`).requirements).toHaveLength(1);
    expect(quick(`${' '.repeat(1024 * 1024)}x`).requirements).toEqual([]);
    expect(quick('\x1b['.repeat(500_000)).requirements).toEqual([]);
  });

  test('with very many lines is limited', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `ERROR: No matching distribution found for p${index}`);
    expect(quick(lines.join('\n')).requirements.length).toBeLessThanOrEqual(1000);
  });

  test("with binary data is skipped, and pip's messages after it are read", () => {
    const binary = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256)).toString('utf8');
    expect(quick(`${binary}\n${missing('six')}`).requirements.at(-1)?.text).toBe('six');
  });
});
