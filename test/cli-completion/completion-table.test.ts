import { describe, expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion/completion-script.ts';
import { completionTable, printedWord } from '../../src/cli/completion/completion-table.ts';
import { ownVerbs } from '../../src/cli/verb-names.ts';
import { pipReleases } from '../../src/pip/option-rows.ts';
import { optionTable, verbNames } from '../../src/pip/options.ts';
import { type Setting, settings } from '../../src/settings/table.ts';
import { ownVerbTable } from '../helpers/documented-commands.ts';

const table = completionTable(ownVerbTable());
const wordsOf = (key: string) => table.contexts.get(key)?.words.map(({ word }) => word) ?? [];
const optionsOf = (key: string) => table.contexts.get(key)?.options.map(({ word }) => word) ?? [];
const valuesOf = (key: string, name: string) =>
  [...(table.contexts.get(key)?.options ?? []), ...table.ownOptions].find(({ word }) => word === name)?.values;

describe('the completion table', () => {
  test('has every verb of awspip and of pip, each once, but not search', () => {
    const verbs = [...ownVerbs, ...verbNames().filter((verb) => verb !== 'search')];
    expect(wordsOf('').toSorted()).toEqual(verbs.toSorted());
    expect(wordsOf('help')).toEqual(expect.arrayContaining([...verbs, 'settings', 'exit-codes', 'pip']));
  });

  test.each(['install', 'list', 'cache', 'lock'])('has the options of pip %s, as the newest pip has them', (verb) => {
    const newest = optionTable(verb).filter(({ spans: [span] }) => span?.[1] === pipReleases.length - 1);
    expect(optionsOf(verb)).toEqual(newest.map(({ name }) => name));
    expect(optionsOf(verb)).not.toContain('--install-option');
  });

  test('vet has the options of install and its own, each once', () => {
    expect(optionsOf('vet')).toEqual(expect.arrayContaining([...optionsOf('install'), '--format', '--all']));
    expect(new Set(optionsOf('vet')).size).toBe(optionsOf('vet').length);
  });

  test('has verbs below verbs, values of arguments, and values of options', () => {
    expect(wordsOf('local')).toEqual(['up', 'down', 'status', 'logs', 'env', 'reset', 'repair']);
    expect(wordsOf('policy mode')).toEqual(['observe', 'enforce', 'file']);
    expect(wordsOf('index')).toEqual(['versions']);
    expect(valuesOf('vet', '--format')).toEqual(['text', 'json', 'sarif', 'junit']);
    expect(valuesOf('list', '--format')).toEqual(['columns', 'freeze', 'json']);
    expect(valuesOf('install', '--awspip-stack')).toEqual(['aws', 'local']);
  });

  test('values of settings are those that the settings accept, and every switch has them', () => {
    for (const { key, parse } of Object.values(settings) as Setting<unknown>[]) {
      const values = valuesOf('', `--awspip-${key}`);
      for (const value of values ?? []) expect(parse(value), `${key} ${value}`).toBeDefined();
      if (parse('on') !== undefined && parse('nonsense') === undefined) expect(values, key).toContain('on');
    }
  });
});

test('a meaning is one line, so that no word of it is offered', () => {
  expect(printedWord({ word: '--x', about: 'first\nsecond\tthird', takesValue: true })).toBe(
    '--x=\tfirst second third',
  );
});

test.each(['bash', 'zsh', 'fish'] as const)('the script for %s quotes what it prints', (shell) => {
  const script = completionScript(shell, {
    contexts: new Map([['', { words: [{ word: 'verb', about: `it's $(touch x) \`y\`` }], options: [] }]]),
    ownOptions: [],
  });
  const quoted = shell === 'fish' ? String.raw`it\'s $(touch x)` : String.raw`it'\''s $(touch x)`;
  expect(script).toContain(quoted);
});
