import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { problemCodes } from '../src/cli/problem-codes.ts';
import { type ExitReason, exitCodes } from '../src/errors.ts';
import { type Setting, settings } from '../src/settings/table.ts';
import { version } from '../src/version.ts';
import { type Care, careOfOptions } from './helpers/option-care.ts';

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

const tables = async (): Promise<Readonly<Record<string, string>>> => ({
  options: await optionTable(),
  'exit codes': table(
    ['code', 'meaning'],
    Object.values(exitCodes).map(({ code, meaning }) => [`${code}`, meaning]),
  ),
  'what stands in the way': table(
    ['in the report', 'means', 'exit code'],
    Object.entries(problemCodes).map(([code, { meaning, exit }]) => [
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
      setting.selectsRepository ? 'yes ¹' : setting.projectFile ? 'yes' : 'no',
      setting.doc,
      fallbackOf(setting),
    ]),
  ),
});

const cares: Readonly<Record<Care, string>> = {
  refused: 'refused: they lead past the vetted repository',
  read: 'read before pip runs: what they name is asked for at once, and held against the table above',
  decides: 'heeded by the vetting, too: they decide which releases and files may be taken',
  rewritten: 'the file they name is freed of the relay’s address',
  'taken out': 'taken out of the line, and done by other means',
  'pip’s': 'passed on as they are',
};

async function optionTable(): Promise<string> {
  const found = await careOfOptions(['install', 'download', 'wheel', 'lock', 'index']);
  const rows = (Object.keys(cares) as Care[]).map((care) => [
    (found.get(care) ?? []).map((name) => `\`${name}\``).join(' '),
    cares[care],
  ]);
  return table(['options', 'through awspip'], rows);
}

/** The README with every generated part as the code has it now: `npm run docs` writes it. */
async function withTables(readme: string): Promise<string> {
  return Object.entries(await tables()).reduce((text, [name, content]) => {
    const [start, end] = [`<!-- ${name}: made from the code by npm run docs -->`, `<!-- end of ${name} -->`];
    const [before, rest = ''] = text.split(start);
    const after = rest.split(end)[1];
    if (after === undefined) throw new Error(`README.md has no part called ${name}`);
    return `${before}${start}\n${content}\n${end}${after}`;
  }, readme);
}

test("README's tables say what the code does", async () => {
  const readme = readFileSync(readmeFile, 'utf8');
  if (process.env.UPDATE_README !== undefined) writeFileSync(readmeFile, await withTables(readme));
  expect(readFileSync(readmeFile, 'utf8')).toBe(await withTables(readme));
});

test('the version is the one in package.json', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  expect(version).toBe(manifest.version);
});
