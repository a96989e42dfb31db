import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { obstacles } from '../src/cli/obstacles.ts';
import { type ExitReason, exitCodes } from '../src/errors.ts';
import { type Setting, settings } from '../src/settings/table.ts';
import { version } from '../src/version.ts';

const root = path.resolve(import.meta.dirname, '..');
const readmeFile = path.join(root, 'README.md');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function fallbackOf({ fallback, fallbackDoc }: Setting<unknown>): string {
  if (fallbackDoc !== undefined) return fallbackDoc;
  if (typeof fallback === 'boolean') return `\`${fallback ? 'on' : 'off'}\``;
  return fallback === undefined ? '' : `\`${String(fallback)}\``;
}

const tables: Readonly<Record<string, string>> = {
  'exit codes': table(
    ['code', 'meaning'],
    Object.values(exitCodes).map(({ code, meaning }) => [`${code}`, meaning]),
  ),
  'what stands in the way': table(
    ['in the report', 'means', 'exit code'],
    Object.entries(obstacles).map(([code, { meaning, exit }]) => [
      `\`${code}\``,
      meaning,
      exit in exitCodes ? `${exitCodes[exit as ExitReason].code}` : exit,
    ]),
  ),
  settings: table(
    ['option', 'variable', 'project file', 'meaning', 'default'],
    (Object.values(settings) as Setting<unknown>[]).map((setting) => [
      `\`--awspip-${setting.key}\``,
      setting.variables.map((variable) => `\`${variable}\``).join(', '),
      setting.projectFile ? 'yes' : 'no',
      setting.doc,
      fallbackOf(setting),
    ]),
  ),
};

/** The README with every generated part as the code has it now: `npm run docs` writes it. */
function withTables(readme: string): string {
  return Object.entries(tables).reduce((text, [name, content]) => {
    const [start, end] = [`<!-- ${name}: made from the code by npm run docs -->`, `<!-- end of ${name} -->`];
    const [before, rest = ''] = text.split(start);
    const after = rest.split(end)[1];
    if (after === undefined) throw new Error(`README.md has no part called ${name}`);
    return `${before}${start}\n${content}\n${end}${after}`;
  }, readme);
}

test("README's tables say what the code does", () => {
  const readme = readFileSync(readmeFile, 'utf8');
  if (process.env.UPDATE_README !== undefined) writeFileSync(readmeFile, withTables(readme));
  expect(readFileSync(readmeFile, 'utf8')).toBe(withTables(readme));
});

test('the version is the one in package.json', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  expect(version).toBe(manifest.version);
});
