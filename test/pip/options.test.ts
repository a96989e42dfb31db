import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isKnownPip, isVerb, optionTable, verbsWithoutIndex } from '../../src/pip/options.ts';

/** Read out of the parsers of six pips: by verb, `spellings` with `=` when a value follows. */
const pips: Record<string, Record<string, string[]>> = JSON.parse(
  readFileSync(new URL('../fixtures/pip/options.json', import.meta.url), 'utf8'),
);

function unread(verbs: Record<string, string[]>): string[] {
  const missing: string[] = [];
  for (const [verb, rows] of Object.entries(verbs)) {
    const table = optionTable(verb === '' ? undefined : verb);
    for (const row of [...rows, ...(verbs[''] ?? [])]) {
      const takesValue = row.endsWith('=');
      for (const spelling of row.replace('=', '').split(' ')) {
        const known = table.find((candidate) => candidate.spellings.includes(spelling));
        if (known?.takesValue !== takesValue) missing.push(`${verb} ${spelling}`);
      }
    }
  }
  return missing;
}

describe('the table of options', () => {
  test.each(Object.entries(pips))('holds every option of pip %s, with and without value', (_, verbs) => {
    expect(unread(verbs)).toEqual([]);
  });

  test.each(Object.keys(pips))('every verb of pip %s is known to ask an index or not to', (version) => {
    const asking = ['install', 'download', 'wheel', 'lock', 'index', 'search', ''];
    const verbs = Object.keys(pips[version]!).filter((verb) => !asking.includes(verb));
    expect(verbs.filter((verb) => !verbsWithoutIndex.has(verb))).toEqual([]);
  });

  test('an unknown verb is read like install', () => {
    expect(optionTable('sync')).toEqual(optionTable('install'));
    expect(optionTable('constructor')).toEqual(optionTable('install'));
  });
});

test('every verb of every pip is known, a slip is none, and a pip to come may have others', () => {
  for (const word of [...verbsWithoutIndex, 'install', 'download', 'wheel', 'lock', 'index', 'search']) {
    expect([word, isVerb(word)]).toEqual([word, true]);
  }
  for (const word of ['', 'instal', 'constructor']) expect(isVerb(word)).toBe(false);
  for (const version of ['20.3.4', '23.0.1', '26.3', '26.3.1']) expect(isKnownPip(version)).toBe(true);
  for (const version of ['26.4', '27.0', '27.0.dev0']) expect(isKnownPip(version)).toBe(false);
});
