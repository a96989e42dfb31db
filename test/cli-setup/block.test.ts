import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withBlock, withoutBlock } from '../../src/cli/setup/block.ts';
import { quoteSh } from '../../src/cli/setup/quote.ts';

const file = '/home/somebody/.bashrc';
/** Start files as they come: no end of line at the end, other line ends, other tools' blocks. */
const startFiles = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\u0000')),
  fc
    .array(
      fc.constantFrom('alias ll="ls -l"', '# >>> conda initialize >>>', '# <<< conda initialize <<<', '', '\t', 'é'),
    )
    .map((lines) => lines.join('\n')),
  fc.array(fc.constantFrom('a', 'b', '')).map((lines) => lines.join('\r\n')),
);

test('a block put in and taken out leaves the file as it was, to the byte', () => {
  fc.assert(
    fc.property(fc.option(startFiles, { nil: undefined }), fc.array(fc.constantFrom('x', "y 'z'")), (text, lines) => {
      const put = withBlock(file, text, lines);
      expect(withBlock(file, put, lines)).toBe(put);
      expect(withoutBlock(file, put)).toBe(text);
    }),
  );
});

test('what is written around the block later stays, and a newer block takes the place of the older', () => {
  const first = withBlock(file, 'before', ['old']);
  const later = `top\n${first}after\n`;
  const second = withBlock(file, later, ['new']);
  expect(second).toContain('new');
  expect(second).not.toContain('old\n');
  expect(second.startsWith('top\nbefore\n')).toBe(true);
  expect(second.endsWith('after\n')).toBe(true);
  expect(withoutBlock(file, withBlock(file, 'a\n', ['x']))).toBe('a\n');
});

test('half a block, and a file that is no text, are refused by name', () => {
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

test('a path is one word to the shell, whatever is in it', () => {
  const words = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\u0000'));
  fc.assert(
    fc.property(words, (word) => {
      expect(execFileSync('sh', ['-c', `printf %s ${quoteSh(word)}`], { encoding: 'utf8' })).toBe(word);
    }),
    { numRuns: 30 },
  );
});
