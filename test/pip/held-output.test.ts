import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openHeldOutput } from '../../src/pip/held-output.ts';

/** Returns what passes when the text arrives in chunks of a size, and what is held. */
function filter(text: string | Buffer, size = 1_000_000, ownReport = false): { passed: string; held: string } {
  const bytes = Buffer.from(text);
  const { push, end } = openHeldOutput({ ownReport });
  const passed: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; offset += size)
    passed.push(Buffer.from(push(bytes.subarray(offset, offset + size))));
  const { pass, held } = end();
  return { passed: Buffer.concat([...passed, pass]).toString('utf8'), held };
}

const missingLines =
  'ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n' +
  'ERROR: No matching distribution found for six\n';
const block = (kind: string) =>
  `  error: subprocess-exited-with-error\n  \n  × ${kind} did not run successfully.\n  │ exit code: 1\n` +
  '  ╰─> [3 lines of output]\n      ERROR: No matching distribution found for x\n      [end of output]\n';

describe.each([1, 7, 64, 1_000_000])('in chunks of %s bytes', (size) => {
  test('lines about missing requirements are held, lines before them pass', () => {
    expect(filter(`WARNING: slow\n${missingLines}`, size)).toEqual({ passed: 'WARNING: slow\n', held: missingLines });
  });

  test('lines after held lines are held too', () => {
    expect(filter(`${missingLines}ERROR: and more\nnote\n`, size)).toEqual({
      passed: '',
      held: `${missingLines}ERROR: and more\nnote\n`,
    });
  });

  test("pip's warning about a report is dropped only when awspip requested the report", () => {
    const warning = 'WARNING: --report is currently an experimental option. The output format may change.';
    const text = `WARNING: slow\n${warning}\n\x1b[33m${warning}\x1b[0m\nWARNING: --other\n`;
    expect(filter(text, size, true)).toEqual({ passed: 'WARNING: slow\nWARNING: --other\n', held: '' });
    expect(filter(`${warning}\n${missingLines}`, size, true)).toEqual({ passed: '', held: missingLines });
    expect(filter(text, size)).toEqual({ passed: text, held: '' });
  });

  test('the note about ignored releases is held too', () => {
    const note = 'ERROR: Ignored the following versions that require a different python version: 2.0\n';
    expect(filter(note + missingLines, size)).toEqual({ passed: '', held: note + missingLines });
  });

  test('coloured lines are held too', () => {
    const coloured = `\x1b[31m${missingLines.replaceAll('\n', '\x1b[0m\x1b[31m\n\x1b[0m\x1b[31m')}\x1b[0m`;
    expect(filter(`\x1b[33mWARNING\x1b[0m\n${coloured}`, size)).toEqual({
      passed: '\x1b[33mWARNING\x1b[0m\n',
      held: coloured,
    });
  });

  test.each([
    'pip subprocess to install build dependencies',
    'installing build dependencies for x',
    'installing backend dependencies for x',
  ])('a block about "%s" is held completely', (kind) =>
    expect(filter(block(kind), size)).toEqual({ passed: '', held: block(kind) }),
  );

  test('a missing locked file is held, indented or not', () => {
    const missingFile = 'ERROR: HTTP error 404 while getting http://5a1e6b2c.secure-pypi.invalid/files/00/x.whl\n';
    for (const text of [missingFile, `  ${missingFile}`])
      expect(filter(`Collecting x\n${text}`, size)).toEqual({ passed: 'Collecting x\n', held: text });
    const other = 'ERROR: HTTP error 403 while getting http://h/x.whl\n';
    expect(filter(other, size)).toEqual({ passed: other, held: '' });
  });

  test('a block about a failed build passes with the output of the build', () => {
    const text = block('Building wheel for liar (pyproject.toml)');
    expect(filter(text, size)).toEqual({ passed: text, held: '' });
  });

  test('other errors pass', () => {
    const text =
      'ERROR: Could not install packages due to an OSError\nERROR: Failed\n  ERROR: No matching distribution found for x\n';
    expect(filter(text, size)).toEqual({ passed: text, held: '' });
  });

  test('binary data passes unchanged', () => {
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 31) % 256));
    const { push, end } = openHeldOutput();
    const passed: Uint8Array[] = [];
    for (let offset = 0; offset < bytes.length; offset += size)
      passed.push(Buffer.from(push(bytes.subarray(offset, offset + size))));
    expect(Buffer.concat([...passed, end().pass]).equals(bytes)).toBe(true);
  });
});

test('an unfinished line passes as soon as it cannot become a held line', () => {
  const { push } = openHeldOutput();
  const passText = (text: string) => Buffer.from(push(Buffer.from(text))).toString();
  expect(passText('Proceed (Y/n)? ')).toBe('Proceed (Y/n)? ');
  expect(passText('yes\nERROR: ')).toBe('yes\n');
  expect(passText('C')).toBe('');
  expect(passText('onflict')).toBe('ERROR: Conflict');
});

test('an unfinished beginning of a held line passes at the end', () => {
  expect(filter('ERROR: Could')).toEqual({ passed: 'ERROR: Could', held: '' });
});

test('an unfinished last line is held', () => {
  expect(filter(missingLines.trimEnd())).toEqual({ passed: '', held: missingLines.trimEnd() });
});

test('output beyond the limit passes, in order', () => {
  const text = `${missingLines}${'x'.repeat(300 * 1024)}\n${missingLines}`;
  expect(filter(text, 4096)).toEqual({ passed: text, held: '' });
});

test('an endless line and very many empty lines take time in proportion to their length', () => {
  expect(filter('y'.repeat(8_000_000), 65_536).passed).toHaveLength(8_000_000);
  expect(filter('\n'.repeat(400_000), 65_536).passed).toHaveLength(400_000);
  expect(filter(' '.repeat(2_000_000), 65_536).passed).toHaveLength(2_000_000);
  expect(filter(`${missingLines}${'a'.repeat(100_000)}`, 1).held).toHaveLength(100_000 + missingLines.length);
});

test('nothing is lost, duplicated or reordered for any chunks', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      missingLines,
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
