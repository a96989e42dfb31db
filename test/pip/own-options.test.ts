import { describe, expect, test } from 'vitest';
import { AwspipError, exitCodes } from '../../src/errors.ts';
import { splitOwnOptions } from '../../src/pip/own-options.ts';

const known = [
  { name: 'report', takesValue: true },
  { name: 'python', takesValue: true },
  { name: 'no-wait', takesValue: false },
];
const split = (line: string) => splitOwnOptions(line.split(' '), known);

function refusal(line: string): AwspipError {
  try {
    split(line);
  } catch (error) {
    if (error instanceof AwspipError) return error;
  }
  throw new Error(`\`${line}\` was not refused`);
}

describe('own options', () => {
  test.each([
    ['install --awspip-report=r.json six', 'install six', [{ name: 'report', value: 'r.json' }]],
    ['--awspip-report r.json install six', 'install six', [{ name: 'report', value: 'r.json' }]],
    ['install six --awspip-no-wait', 'install six', [{ name: 'no-wait' }]],
    ['install --awspip-report= six', 'install six', [{ name: 'report', value: '' }]],
    ['install -- --awspip-report', 'install -- --awspip-report', []],
    ['install --awspip-no-wait -- x', 'install -- x', [{ name: 'no-wait' }]],
  ])('are taken out of `%s`', (line, rest, own) => {
    expect(split(line)).toEqual({ own, rest: rest.split(' ') });
  });

  test('that nobody knows are refused with the nearest name', () => {
    const error = refusal('install --awspip-reprot=x six');
    expect(exitCodes[error.exit].code).toBe(64);
    expect(error.message).toContain('--awspip-reprot');
    expect(error.hint).toContain('--awspip-report');
  });

  test('that resemble nothing are refused without a guess', () => {
    expect(refusal('install --awspip-qqqqqqqqqqqq').hint).not.toContain('did you mean');
    expect(refusal(`install --awspip-${'x'.repeat(100_000)}`).message.length).toBeLessThan(200);
  });

  test.each(['install --awspip-report', 'install --awspip-report -- x', 'install --awspip-no-wait=yes'])(
    'with a wrong value are refused: `%s`',
    (line) => expect(refusal(line).code).toBe('own-option-value'),
  );
});
