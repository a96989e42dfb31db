import { describe, expect, test } from 'vitest';
import { canRedraw, widthOf } from '../../src/cli/terminal.ts';

describe('the width of a terminal', () => {
  test.each<[number | undefined, number, string]>([
    [undefined, 80, 'no terminal'],
    [0, 80, 'a terminal that nobody gave a size, such as that of `script` and of some CI systems'],
    [1, 80, 'a size that fits no word'],
    [20, 20, 'a narrow terminal'],
    [200, 200, 'a wide terminal'],
  ])('%s columns are laid out as %s: %s', (columns, width, _case) => {
    expect(widthOf({ columns })).toBe(width);
  });

  test('a line is redrawn only on a terminal with a size', () => {
    const drawn = [undefined, 0, 10, 11, 100].map((columns) => canRedraw({ isTTY: true, columns }));
    expect(drawn).toEqual([false, false, false, true, true]);
    expect(canRedraw({ isTTY: false, columns: 100 })).toBe(false);
  });
});
