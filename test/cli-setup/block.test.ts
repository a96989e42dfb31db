import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withBlock, withoutBlock } from '../../src/cli/setup/block.ts';
import { quoteSh } from '../../src/cli/setup/quote.ts';

const file = '/home/somebody/.bashrc';
/** Start files without a line break at the end, with other line ends, with blocks of other tools. */
const startFiles = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\u0000')),
  fc
    .array(
      fc.constantFrom('alias ll="ls -l"', '# >>> conda initialize >>>', '# <<< conda initialize <<<', '', '\t', 'é'),
    )
    .map((lines) => lines.join('\n')),
  fc.array(fc.constantFrom('a', 'b', '')).map((lines) => lines.join('\r\n')),
);

test('adding and removing the block restores the file byte for byte', () => {
  fc.assert(
    fc.property(fc.option(startFiles, { nil: undefined }), fc.array(fc.constantFrom('x', "y 'z'")), (text, lines) => {
      const changed = withBlock(file, text, lines);
      expect(withBlock(file, changed, lines)).toBe(changed);
      expect(withoutBlock(file, changed)).toBe(text);
    }),
  );
});

test('text around the block stays, and a new block replaces the old one', () => {
  const first = withBlock(file, 'before', ['old']);
  const later = `top\n${first}after\n`;
  const second = withBlock(file, later, ['new']);
  expect(second).toContain('new');
  expect(second).not.toContain('old\n');
  expect(second.startsWith('top\nbefore\n')).toBe(true);
  expect(second.endsWith('after\n')).toBe(true);
  expect(withoutBlock(file, withBlock(file, 'a\n', ['x']))).toBe('a\n');
});

test('half a block, and a file that is not text, are errors that name the file', () => {
  for (const broken of [
    '# >>> awspip >>>\n',
    'a\n# <<< awspip <<<\n',
    '# <<< awspip <<<\n# >>> awspip >>>\n',
    'a\u0000b',
  ]) {
    expect(() => withBlock(file, broken, [])).toThrow(file);
    expect(() => withoutBlock(file, broken)).toThrow(file);
  }
  expect(withoutBlock(file, 'echo "# >>> awspip >>>"\n')).toBe('echo "# >>> awspip >>>"\n');
});

test('a path is one word of the shell, with any characters in it', () => {
  const words = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\u0000'));
  fc.assert(
    fc.property(words, (word) => {
      expect(execFileSync('sh', ['-c', `printf %s ${quoteSh(word)}`], { encoding: 'utf8' })).toBe(word);
    }),
    { numRuns: 30 },
  );
});
