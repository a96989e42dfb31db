import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isKnownPip, isVerb, optionTable, verbsWithoutIndex } from '../../src/pip/options.ts';

/** Options from the parsers of six versions of pip: by verb, `spellings` with `=` for a value. */
const pips: Record<string, Record<string, string[]>> = JSON.parse(
  readFileSync(new URL('../fixtures/pip/options.json', import.meta.url), 'utf8'),
);

function unknownOptions(verbs: Record<string, string[]>): string[] {
  const missing: string[] = [];
  for (const [verb, rows] of Object.entries(verbs)) {
    const table = optionTable(verb === '' ? undefined : verb);
    for (const row of [...rows, ...(verbs[''] ?? [])]) {
      const takesValue = row.endsWith('=');
      for (const spelling of row.replace('=', '').split(' ')) {
        const optionRow = table.find((candidate) => candidate.spellings.includes(spelling));
        if (optionRow?.takesValue !== takesValue) missing.push(`${verb} ${spelling}`);
      }
    }
  }
  return missing;
}

describe('the table of options', () => {
  test.each(Object.entries(pips))('has every option of pip %s, with and without value', (_, verbs) => {
    expect(unknownOptions(verbs)).toEqual([]);
  });

  test.each(Object.keys(pips))('knows whether each verb of pip %s uses an index', (version) => {
    const indexVerbs = ['install', 'download', 'wheel', 'lock', 'index', 'search', ''];
    const verbs = Object.keys(pips[version]!).filter((verb) => !indexVerbs.includes(verb));
    expect(verbs.filter((verb) => !verbsWithoutIndex.has(verb))).toEqual([]);
  });

  test('has the options of install for an unknown verb', () => {
    expect(optionTable('sync')).toEqual(optionTable('install'));
    expect(optionTable('constructor')).toEqual(optionTable('install'));
  });
});

test('every verb of known pips is known, a typo is not, and a newer pip may have others', () => {
  for (const name of [...verbsWithoutIndex, 'install', 'download', 'wheel', 'lock', 'index', 'search']) {
    expect([name, isVerb(name)]).toEqual([name, true]);
  }
  for (const name of ['', 'instal', 'constructor']) expect(isVerb(name)).toBe(false);
  for (const version of ['20.3.4', '23.0.1', '26.3', '26.3.1']) expect(isKnownPip(version)).toBe(true);
  for (const version of ['26.4', '27.0', '27.0.dev0']) expect(isKnownPip(version)).toBe(false);
});
