import { describe, expect, test } from 'vitest';
import { AwspipError, exitCodes } from '../../src/errors.ts';
import { splitOwnOptions } from '../../src/pip/split-own-options.ts';

const forms = [
  { name: 'report', takesValue: true },
  { name: 'python', takesValue: true },
  { name: 'no-wait', takesValue: false },
];
const split = (line: string) => splitOwnOptions(line.split(' '), forms);

function rejection(line: string): AwspipError {
  try {
    split(line);
  } catch (error) {
    if (error instanceof AwspipError) return error;
  }
  throw new Error(`\`${line}\` was not rejected`);
}

describe('own options', () => {
  test.each([
    ['install --awspip-report=r.json six', 'install six', [{ name: 'report', value: 'r.json' }]],
    ['--awspip-report r.json install six', 'install six', [{ name: 'report', value: 'r.json' }]],
    ['install six --awspip-no-wait', 'install six', [{ name: 'no-wait' }]],
    ['install --awspip-report= six', 'install six', [{ name: 'report', value: '' }]],
    ['install -- --awspip-report', 'install -- --awspip-report', []],
    ['install --awspip-no-wait -- x', 'install -- x', [{ name: 'no-wait' }]],
  ])('are removed from `%s`', (line, rest, own) => {
    expect(split(line)).toEqual({ ownOptions: own, rest: rest.split(' ') });
  });

  test('with an unknown name are rejected with the nearest name', () => {
    const error = rejection('install --awspip-reprot=x six');
    expect(exitCodes[error.exit].code).toBe(64);
    expect(error.message).toContain('--awspip-reprot');
    expect(error.hint).toContain('--awspip-report');
  });

  test('without a similar name are rejected without a suggestion', () => {
    expect(rejection('install --awspip-qqqqqqqqqqqq').hint).not.toContain('did you mean');
    expect(rejection(`install --awspip-${'x'.repeat(100_000)}`).message.length).toBeLessThan(200);
  });

  test.each(['install --awspip-report', 'install --awspip-report -- x', 'install --awspip-no-wait=yes'])(
    'with a wrong value are rejected: `%s`',
    (line) => expect(rejection(line).code).toBe('own-option-value'),
  );
});
