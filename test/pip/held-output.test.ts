import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openHeldOutput } from '../../src/pip/held-output.ts';

/** What passes when the text comes in pieces of a size, and what is held. */
function filter(text: string | Buffer, size = 1_000_000, ownReport = false): { passed: string; held: string } {
  const bytes = Buffer.from(text);
  const { push, end } = openHeldOutput({ ownReport });
  const passed: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) passed.push(Buffer.from(push(bytes.subarray(at, at + size))));
  const { pass, held } = end();
  return { passed: Buffer.concat([...passed, pass]).toString('utf8'), held };
}

const two =
  'ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n' +
  'ERROR: No matching distribution found for six\n';
const block = (kind: string) =>
  `  error: subprocess-exited-with-error\n  \n  × ${kind} did not run successfully.\n  │ exit code: 1\n` +
  '  ╰─> [3 lines of output]\n      ERROR: No matching distribution found for x\n      [end of output]\n';

describe.each([1, 7, 64, 1_000_000])('in pieces of %s bytes', (size) => {
  test('what pip misses is held, what stands before it passes', () => {
    expect(filter(`WARNING: slow\n${two}`, size)).toEqual({ passed: 'WARNING: slow\n', held: two });
  });

  test("what follows pip's last words is held with them", () => {
    expect(filter(`${two}ERROR: and more\nnote\n`, size)).toEqual({
      passed: '',
      held: `${two}ERROR: and more\nnote\n`,
    });
  });

  test("pip's warning of a report is dropped when the report is ours, coloured or not, and only then", () => {
    const said = 'WARNING: --report is currently an experimental option. The output format may change.';
    const text = `WARNING: slow\n${said}\n\x1b[33m${said}\x1b[0m\nWARNING: --other\n`;
    expect(filter(text, size, true)).toEqual({ passed: 'WARNING: slow\nWARNING: --other\n', held: '' });
    expect(filter(`${said}\n${two}`, size, true)).toEqual({ passed: '', held: two });
    expect(filter(text, size)).toEqual({ passed: text, held: '' });
  });

  test('the note on releases passed over belongs to them', () => {
    const note = 'ERROR: Ignored the following versions that require a different python version: 2.0\n';
    expect(filter(note + two, size)).toEqual({ passed: '', held: note + two });
  });

  test('colours make no difference', () => {
    const coloured = `\x1b[31m${two.replaceAll('\n', '\x1b[0m\x1b[31m\n\x1b[0m\x1b[31m')}\x1b[0m`;
    expect(filter(`\x1b[33mWARNING\x1b[0m\n${coloured}`, size)).toEqual({
      passed: '\x1b[33mWARNING\x1b[0m\n',
      held: coloured,
    });
  });

  test.each([
    'pip subprocess to install build dependencies',
    'installing build dependencies for x',
    'installing backend dependencies for x',
  ])('a block about "%s" is held whole', (kind) =>
    expect(filter(block(kind), size)).toEqual({ passed: '', held: block(kind) }),
  );

  test('a locked file that is not there yet is held, indented or not', () => {
    const missed = 'ERROR: HTTP error 404 while getting http://5a1e6b2c.secure-pypi.invalid/files/00/x.whl\n';
    for (const text of [missed, `  ${missed}`])
      expect(filter(`Collecting x\n${text}`, size)).toEqual({ passed: 'Collecting x\n', held: text });
    const other = 'ERROR: HTTP error 403 while getting http://h/x.whl\n';
    expect(filter(other, size)).toEqual({ passed: other, held: '' });
  });

  test('a block about a build that failed passes, and so does what that build printed', () => {
    const text = block('Building wheel for liar (pyproject.toml)');
    expect(filter(text, size)).toEqual({ passed: text, held: '' });
  });

  test('other errors pass', () => {
    const text =
      'ERROR: Could not install packages due to an OSError\nERROR: Failed\n  ERROR: No matching distribution found for x\n';
    expect(filter(text, size)).toEqual({ passed: text, held: '' });
  });

  test('bytes that are no text pass unchanged', () => {
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 31) % 256));
    const { push, end } = openHeldOutput();
    const passed: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) passed.push(Buffer.from(push(bytes.subarray(at, at + size))));
    expect(Buffer.concat([...passed, end().pass]).equals(bytes)).toBe(true);
  });
});

test("an unfinished line passes as soon as it cannot be one of pip's last words", () => {
  const { push } = openHeldOutput();
  const say = (text: string) => Buffer.from(push(Buffer.from(text))).toString();
  expect(say('Proceed (Y/n)? ')).toBe('Proceed (Y/n)? ');
  expect(say('yes\nERROR: ')).toBe('yes\n');
  expect(say('C')).toBe('');
  expect(say('onflict')).toBe('ERROR: Conflict');
});

test('an unfinished beginning of last words passes at the end', () => {
  expect(filter('ERROR: Could')).toEqual({ passed: 'ERROR: Could', held: '' });
});

test('an unfinished last line is held', () => {
  expect(filter(two.trimEnd())).toEqual({ passed: '', held: two.trimEnd() });
});

test('what is too long for last words passes after all, in order', () => {
  const text = `${two}${'x'.repeat(300 * 1024)}\n${two}`;
  expect(filter(text, 4096)).toEqual({ passed: text, held: '' });
});

test('a line without an end, and very many empty lines, cost no time', () => {
  const started = performance.now();
  expect(filter('y'.repeat(8_000_000), 65_536).passed).toHaveLength(8_000_000);
  expect(filter('\n'.repeat(400_000), 65_536).passed).toHaveLength(400_000);
  expect(filter(' '.repeat(2_000_000), 65_536).passed).toHaveLength(2_000_000);
  expect(filter(`${two}${'a'.repeat(100_000)}`, 1).held).toHaveLength(100_000 + two.length);
  expect(performance.now() - started).toBeLessThan(4000);
});

test('nothing is lost, doubled or moved, however it is cut', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      two,
      '\n',
      'ERROR: ',
      'Could not find a version that satisfies',
      '\x1b[31m',
      '  ',
      block('Building x'),
      block('installing build dependencies'),
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 1, max: 200 }), (pieces, size) => {
      const text = pieces.join('');
      const { passed, held } = filter(text, size);
      expect(passed + held).toBe(Buffer.from(text).toString());
    }),
  );
});
