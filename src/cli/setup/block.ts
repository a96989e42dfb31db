import { AwspipError } from '../../errors.ts';

const start = '# >>> awspip >>>';
const end = '# <<< awspip <<<';
/** What `awspip setup --remove` must know to restore the file. */
const notes = {
  created: '# `awspip setup` created this file',
  joined: '# the line above had no line break',
} as const;

/**
 * Returns a text with the block of awspip, in its old position or at the end. Every other byte stays.
 *
 * @throws {AwspipError} `block-broken` (78) if the text has only half of a block.
 */
export function withBlock(file: string, text: string | undefined, lines: readonly string[]): string {
  if (text === undefined) return block([notes.created, ...lines]);
  const old = findBlock(file, text);
  if (old !== undefined) {
    const kept = Object.values(notes).filter((note) => text.slice(old.from, old.to).includes(note));
    return `${text.slice(0, old.from)}${block([...kept, ...lines])}${text.slice(old.to)}`;
  }
  if (text === '' || text.endsWith('\n')) return `${text}${block(lines)}`;
  return `${text}\n${block([notes.joined, ...lines])}`;
}

/**
 * Returns a text without the block of awspip; undefined for a file that setup created and that holds nothing else.
 *
 * @throws {AwspipError} `block-broken` (78) if the text has only half of a block.
 */
export function withoutBlock(file: string, text: string): string | undefined {
  const position = findBlock(file, text);
  if (position === undefined) return text;
  const found = text.slice(position.from, position.to);
  const before = text.slice(0, position.from);
  const rest = `${found.includes(notes.joined) ? before.replace(/\n$/, '') : before}${text.slice(position.to)}`;
  return rest === '' && found.includes(notes.created) ? undefined : rest;
}

function block(lines: readonly string[]): string {
  return `${[start, ...lines, end].join('\n')}\n`;
}

/** Returns where the block begins and where the text after it begins; undefined if there is none. */
function findBlock(file: string, text: string): { from: number; to: number } | undefined {
  if (text.includes('\u0000')) throw notText(file);
  const from = lineAt(text, start);
  const last = lineAt(text, end);
  if (from === undefined && last === undefined) return undefined;
  if (from !== undefined && last !== undefined && from < last) {
    const after = text.indexOf('\n', last);
    return { from, to: after < 0 ? text.length : after + 1 };
  }
  throw new AwspipError('block-broken', `\`${file}\` has only half of the block of awspip`, {
    exit: 'configuration',
    hint: `remove the lines from \`${start}\` to \`${end}\` by hand`,
  });
}

/** Returns the error for a start file that can't be changed without changing the rest of it. */
export function notText(file: string): AwspipError {
  return new AwspipError('file-not-text', `\`${file}\` is not UTF-8 text`, {
    exit: 'configuration',
    hint: 'save it as UTF-8, or name other shells with `--shell`',
  });
}

/** Returns where a line with exactly this text begins. */
function lineAt(text: string, line: string): number | undefined {
  const at = `\n${text}`.search(new RegExp(`\\n${line}\\r?(?:\\n|$)`));
  return at < 0 ? undefined : at;
}
