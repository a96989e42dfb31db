import { AwspipError } from '../../errors.ts';

const start = '# >>> awspip >>>';
const end = '# <<< awspip <<<';
/** What a removal must know to leave the file as it was. */
const notes = {
  made: '# this file was made for it',
  joined: '# the line before it had no end',
} as const;

/**
 * A text with our block in it, where it was or at the end; every other byte stays. The same text when the block is
 * there already.
 *
 * @throws {AwspipError} `block-broken` (78) when only half of a block is there.
 */
export function withBlock(file: string, text: string | undefined, lines: readonly string[]): string {
  const there = text === undefined ? undefined : findBlock(file, text);
  if (text !== undefined && there !== undefined) {
    const noted = Object.values(notes).filter((note) => text.slice(there.from, there.to).includes(note));
    return `${text.slice(0, there.from)}${block([...noted, ...lines])}${text.slice(there.to)}`;
  }
  if (text === undefined) return block([notes.made, ...lines]);
  if (text === '' || text.endsWith('\n')) return `${text}${block(lines)}`;
  return `${text}\n${block([notes.joined, ...lines])}`;
}

/**
 * A text without our block, as it was before; undefined for a file that was made for the block and holds nothing else.
 *
 * @throws {AwspipError} `block-broken` (78) when only half of a block is there.
 */
export function withoutBlock(file: string, text: string): string | undefined {
  const there = findBlock(file, text);
  if (there === undefined) return text;
  const own = text.slice(there.from, there.to);
  const before = text.slice(0, there.from);
  const rest = `${own.includes(notes.joined) ? before.replace(/\n$/, '') : before}${text.slice(there.to)}`;
  return rest === '' && own.includes(notes.made) ? undefined : rest;
}

function block(lines: readonly string[]): string {
  return `${[start, ...lines, end].join('\n')}\n`;
}

function findBlock(file: string, text: string): { from: number; to: number } | undefined {
  if (text.includes('\u0000')) throw notText(file);
  const [from, last] = [lineAt(text, start), lineAt(text, end)];
  if (from === undefined && last === undefined) return undefined;
  if (from !== undefined && last !== undefined && from < last) {
    const after = text.indexOf('\n', last);
    return { from, to: after < 0 ? text.length : after + 1 };
  }
  throw new AwspipError('block-broken', `${file} holds only half of awspip's block`, {
    exit: 'configuration',
    hint: `take out what is between \`${start}\` and \`${end}\` by hand, with both lines`,
  });
}

/** A start file that can't be changed without touching the rest of it. */
export function notText(file: string): AwspipError {
  return new AwspipError('file-not-text', `${file} is not UTF-8 text`, {
    exit: 'configuration',
    hint: 'save it as UTF-8, or leave its shell out with `--shell`',
  });
}

function lineAt(text: string, line: string): number | undefined {
  const at = `\n${text}`.search(new RegExp(`\\n${line}\\r?(?:\\n|$)`));
  return at < 0 ? undefined : at;
}
