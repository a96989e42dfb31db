import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { bannedPhrases, bannedUses } from './helpers/house-style.ts';

const root = path.resolve(import.meta.dirname, '..');
const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));

const codePhrases = bannedPhrases.filter(({ allowedInCode }) => allowedInCode !== true);
/** Names of minimum and maximum as the project had them once. */
const oldLimits = /\b(?:most|least)[A-Z]\w*/g;

describe('the words of the house style', () => {
  test.each([...filesBelow('src', '.ts'), ...filesBelow('src', '.tsx')])('%s', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const uses = bannedUses(text, codePhrases).map(({ line, found, instead }) => `${line}: ${found} → ${instead}`);
    expect([...uses, ...(text.match(oldLimits) ?? [])]).toEqual([]);
  });

  test.each([...filesBelow('test/fixtures/transcripts', '.txt'), 'README.md'])('%s', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    expect(bannedUses(text).map(({ line, found, instead }) => `${line}: ${found} → ${instead}`)).toEqual([]);
  });

  test('are found where they stand', () => {
    expect(bannedUses('all is well\nit is told\n')).toEqual([
      { line: 2, found: 'told', instead: 'reports, says, names' },
    ]);
  });
});
