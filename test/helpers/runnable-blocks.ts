import { type Block, blocksIn, type Document } from './documents.ts';

/** The word after `sh` that marks a block which `test/cli/documents.test.ts` runs. */
const runnable = 'runnable';

/** The blocks of a text that a test runs, in order. */
export function runnableBlocks(text: string): readonly Block[] {
  return blocksIn(text).filter(({ words }) => words[0] === 'sh' && words[1] === runnable);
}

/** Marks that mean nothing, such as a misspelt `runnable`: no test would run their blocks. */
export function unknownBlockMarks({ file, text }: Document): readonly string[] {
  return blocksIn(text)
    .filter(({ words }) => words.length > 1 && words.join(' ') !== `sh ${runnable}`)
    .map(({ words, line }) => `${file}:${line} ${words.join(' ')}`);
}

const marker = 'awspip-test-block';

/**
 * Returns the blocks as one script for `bash -e`: variables and the current folder stay from block to block, as for a
 * person who types them. Each line keeps the number it has in the document, so that bash names that line in its errors.
 */
export function scriptOf(text: string): string {
  const lines = text.split('\n').map(() => '');
  for (const { line, lines: commands } of runnableBlocks(text)) {
    lines[line - 1] = `echo '${marker} ${line}'`;
    lines.splice(line, commands.length, ...commands);
  }
  return `exec 2>&1; ${lines.join('\n')}\n`;
}

/** Returns what each block printed, by the line that it begins in. The last one is the one that failed, if one did. */
export function outputsOf(output: string): ReadonlyMap<number, string> {
  const parts = output.split(new RegExp(`${marker} (\\d+)\\n`)).slice(1);
  return new Map(parts.flatMap((part, at) => (at % 2 === 0 ? [[Number(part), parts[at + 1] ?? ''] as const] : [])));
}
