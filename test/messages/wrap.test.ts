import { expect, test } from 'vitest';
import { wrap } from '../../src/cli/wrap.ts';
import { colourStyle } from './recording-terminal.ts';

test('the first line keeps its indentation, and later lines have their own', () => {
  expect(wrap('  one two three', 9, '    ')).toBe('  one two\n    three');
  expect(wrap('one', 80)).toBe('one');
  expect(wrap('', 80, '  ')).toBe('');
});

test('a line fills the width exactly', () => {
  expect(wrap('1234 6789 x', 9)).toBe('1234 6789\nx');
});

test('a longer word stays whole', () => {
  const address = 'https://very-long.example/path';
  expect(wrap(`see ${address} now`, 10)).toBe(`see\n${address}\nnow`);
});

test('spaces between columns stay, and none is left at the end of a line', () => {
  expect(wrap('  left    right', 80)).toBe('  left    right');
  expect(wrap('  left    right', 8, '  ')).toBe('  left\n  right');
});

test('style codes do not count', () => {
  const { bold } = colourStyle();
  expect(bold('x')).not.toBe('x');
  expect(wrap(`${bold('one')} ${bold('two')}`, 7)).toBe(`${bold('one')} ${bold('two')}`);
});
