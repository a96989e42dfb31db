import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** A document for people: its path below the project's root, and its text. */
export type Document = { readonly file: string; readonly text: string };

/** Every document of the project, README.md first. */
export function readDocuments(): readonly Document[] {
  const topLevel = ['README.md', 'README.ko.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  return [...topLevel, ...markdownBelow('docs'), ...markdownBelow('src')].map((file) => ({
    file,
    text: readFileSync(path.join(root, file), 'utf8'),
  }));
}

function markdownBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .toSorted();
}

/** A fenced code block: its language and other words, its lines, and the line of the document that it begins in. */
export type Block = { readonly words: readonly string[]; readonly lines: readonly string[]; readonly line: number };

/** The fenced blocks of a text, also those in lists. An unclosed one reaches to the end, as in Markdown. */
export function blocksIn(text: string): readonly Block[] {
  const blocks: { words: readonly string[]; lines: string[]; line: number }[] = [];
  let open: { readonly indent: number; readonly fence: string } | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const [, indent = '', fence = '', info = ''] = /^([ \t]*(?:[-*>] +)?)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === '' || info.includes('`')) continue;
      open = { indent: indent.length, fence };
      blocks.push({ words: info.split(/\s+/).filter(Boolean), lines: [], line: at + 1 });
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      open = undefined;
    } else {
      blocks.at(-1)?.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
    }
  }
  return blocks;
}

/** A text without fenced blocks, line for line: what stands in them is no Markdown. */
export function withoutFencedBlocks(text: string): string {
  const lines = text.split('\n');
  for (const block of blocksIn(text)) lines.fill('', block.line - 1, block.line + block.lines.length + 1);
  return lines.join('\n');
}

/** Everything in code voice: fenced blocks, line by line, and inline code. Blocks of plain text are pictures and output. */
export function codeIn(text: string): readonly string[] {
  const blocks = blocksIn(text).filter(({ words }) => words[0] !== 'text');
  return [...blocks.flatMap(({ lines }) => lines), ...inlineCodeIn(text)];
}

export function inlineCodeIn(text: string): readonly string[] {
  return [...withoutFencedBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** Links that lead nowhere: to a file that does not exist, or to a heading that its document does not have. */
export function brokenLinks({ file, text }: Document): readonly string[] {
  return relativeLinksIn(text).filter((link) => !leadsSomewhere(link, file));
}

function relativeLinksIn(text: string): string[] {
  return [...withoutFencedBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/i.test(target));
}

function leadsSomewhere(link: string, from: string): boolean {
  const [target = '', anchor] = link.split('#', 2);
  const file = target === '' ? path.join(root, from) : path.resolve(root, path.dirname(from), target);
  if (!existsSync(file)) return false;
  return anchor === undefined || headingAnchors(readFileSync(file, 'utf8')).includes(anchor);
}

/** The anchors that GitHub gives to headings: lower case, without punctuation, a number for each repetition. */
function headingAnchors(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutFencedBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}
