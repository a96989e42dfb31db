import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { pipReleases } from '../../src/pip/option-rows.ts';
import { longOption, optionTable, verbsWithoutIndex } from '../../src/pip/options.ts';
import type { Pip } from './suite.ts';

// `npm run test:pips` creates the file with test/tools/prepare-pips.mjs.
const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const pips: Pip[] = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8'));

type OptionSpellings = [spellings: string[], takesValue: boolean][];
type ParsedLine = { verb: string; before: string[]; arguments: string[]; options: [string, string | null][] };

/** Starts a process of a pip, which answers line by line. */
function start(python: string) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PIP_'));
  const child = spawn(python, ['-I', new URL('command-lines.py', import.meta.url).pathname], {
    env: { ...Object.fromEntries(inherited), PIP_CONFIG_FILE: os.devNull },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  return {
    verbs: next() as Promise<Record<string, OptionSpellings>>,
    read: (line: readonly string[]): Promise<ParsedLine | null> => {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}

/** Returns arguments for command lines: this pip's spellings, complete and abbreviated, with and without a value. */
function argumentsOf(verbs: Record<string, OptionSpellings>, verb: string): fc.Arbitrary<string> {
  const spellings = (verbs[verb] ?? []).flatMap(([all]) => all);
  const long = fc.constantFrom(...spellings.filter((spelling) => spelling.startsWith('--')));
  const letters = [
    ...spellings.filter((spelling) => !spelling.startsWith('--')).map((spelling) => spelling[1] ?? ''),
    'x',
  ];
  const value = fc.constantFrom(
    'six',
    'a.txt',
    '',
    '=',
    '-',
    '--',
    '-q',
    'install',
    'list',
    verb,
    'https://h/simple',
    ':all:',
  );
  const cut = fc.tuple(long, fc.nat(30)).map(([word, length]) => word.slice(0, Math.max(3, length)));
  return fc.oneof(
    long,
    cut,
    fc.tuple(fc.oneof(long, cut), value).map(([word, text]) => `${word}=${text}`),
    fc
      .tuple(fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }), value)
      .map(([all, text]) => `-${all.join('')}${text}`),
    fc.constantFrom(...letters).map((letter) => `-${letter}`),
    value,
  );
}

/** Returns command lines of one verb, with some general options before it. */
function commandLinesOf(verbs: Record<string, OptionSpellings>): fc.Arbitrary<string[]> {
  const verb = fc.constantFrom(...Object.keys(verbs).filter((name) => name !== ''), 'install', 'download');
  return verb.chain((name) =>
    fc
      .tuple(fc.array(argumentsOf(verbs, ''), { maxLength: 3 }), fc.array(argumentsOf(verbs, name), { maxLength: 6 }))
      .map(([before, after]) => [...before, name, ...after]),
  );
}

function parseLine(line: readonly string[], pip?: string): ParsedLine {
  const { verb = '', beforeVerb, arguments: positionals, options } = parsePipArguments(line, [], pip);
  return {
    verb,
    before: [...beforeVerb],
    arguments: [...positionals],
    options: options.map(({ name, value }) => [name, value ?? null]),
  };
}

/** Returns the parsed line without option names: which arguments are options, values and positionals. */
function withoutNames({ options, before, ...reading }: ParsedLine) {
  return { ...reading, before: before.length, values: options.map(([, value]) => value) };
}

describe.each(pips)('the command line of pip $pip on $from', ({ pip, python }) => {
  let reader: ReturnType<typeof start>;
  let verbs: Record<string, OptionSpellings>;
  beforeAll(async () => {
    reader = start(python);
    verbs = await reader.verbs;
  });
  afterAll(() => reader.end());

  test('has only options and spellings that match the table', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const table = optionTable(verb === '' ? undefined : verb);
      for (const [spellings, takesValue] of rows) {
        const matchingRows = table.filter((row) => spellings.every((spelling) => row.spellings.includes(spelling)));
        if (matchingRows.length !== 1 || matchingRows[0]?.takesValue !== takesValue)
          wrong.push(`${verb} ${spellings.join(' ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  const release = pipReleases.indexOf(pip.split('.').slice(0, 2).join('.'));
  test.skipIf(release < 0)('has every spelling in the table', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const expected = new Set(rows.flatMap(([spellings]) => spellings));
      for (const { spellings, spans } of optionTable(verb === '' ? undefined : verb)) {
        const listed = spellings.filter((_, at) => release >= spans[at]![0] && release <= spans[at]![1]);
        wrong.push(...listed.filter((spelling) => !expected.has(spelling)).map((spelling) => `${verb} ${spelling}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  test('has only verbs whose use of an index is known', () => {
    const indexVerbs = ['', 'install', 'download', 'wheel', 'lock', 'index', 'search'];
    expect(Object.keys(verbs).filter((verb) => !indexVerbs.includes(verb) && !verbsWithoutIndex.has(verb))).toEqual([]);
  });

  test('expands every abbreviation as awspip does', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const table = optionTable(verb === '' ? undefined : verb);
      for (const [abbreviation, name] of abbreviations(rows)) {
        const actual = longOption(abbreviation, table, pip);
        if (actual?.name !== name) wrong.push(`${verb} ${abbreviation}: ${name}, not ${actual?.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is parsed without a known version, except for a few abbreviations that changed their meaning', () => {
    const changed = /^--(g|b|bu|bui|buil|build|build-|python)$/;
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const table = optionTable(verb === '' ? undefined : verb);
      for (const [abbreviation, name] of abbreviations(rows)) {
        const [actual, expectedOption] = [longOption(abbreviation, table), longOption(name, table, pip)];
        if (actual?.takesValue !== expectedOption?.takesValue) wrong.push(`${verb} ${abbreviation}: a value or none`);
        if (actual?.name !== name && !changed.test(abbreviation))
          wrong.push(`${verb} ${abbreviation}: ${name}, not ${actual?.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('with random arguments is parsed alike unless pip rejects it', async () => {
    let matching = 0;
    await fc.assert(
      fc.asyncProperty(commandLinesOf(verbs), async (line) => {
        const expected = await reader.read(line);
        if (expected === null) return;
        matching += 1;
        expect(parseLine(line, pip)).toEqual(expected);
        expect(withoutNames(parseLine(line))).toEqual(withoutNames(expected));
      }),
      { numRuns: 4000 },
    );
    expect(matching).toBeGreaterThan(600);
  });
});

/** Returns the option for each abbreviation, as optparse expands it, by its first spelling. */
function abbreviations(rows: OptionSpellings): Map<string, string> {
  const names = new Map(rows.flatMap(([spellings]) => spellings.map((spelling) => [spelling, spellings[0] ?? ''])));
  const long = [...names.keys()].filter((spelling) => spelling.startsWith('--'));
  const expansions = new Map<string, string>();
  for (const spelling of long) {
    for (let length = 3; length <= spelling.length; length++) {
      const abbreviation = spelling.slice(0, length);
      const candidates = names.has(abbreviation)
        ? [abbreviation]
        : long.filter((other) => other.startsWith(abbreviation));
      if (candidates.length === 1) expansions.set(abbreviation, names.get(candidates[0] ?? '') ?? '');
    }
  }
  return expansions;
}
