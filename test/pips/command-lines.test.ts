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

// Made by test/tools/prepare-pips.mjs, which `npm run test:pips` runs first.
const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const pips: Pip[] = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8'));

type Spelled = [spellings: string[], takesValue: boolean][];
type Reading = { verb: string; before: string[]; arguments: string[]; options: [string, string | null][] };

/** One process of a pip, which answers line by line. */
function start(python: string) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PIP_'));
  const child = spawn(python, ['-I', new URL('command-lines.py', import.meta.url).pathname], {
    env: { ...Object.fromEntries(kept), PIP_CONFIG_FILE: os.devNull },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await answers.next()).value);
  return {
    verbs: next() as Promise<Record<string, Spelled>>,
    read: (line: readonly string[]): Promise<Reading | null> => {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}

/** Words of which command lines are made: this pip's spellings, whole, cut short, with and without a value. */
function wordsOf(verbs: Record<string, Spelled>, verb: string): fc.Arbitrary<string> {
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

/** Lines of one verb, with some general options before it. */
function linesOf(verbs: Record<string, Spelled>): fc.Arbitrary<string[]> {
  const verb = fc.constantFrom(...Object.keys(verbs).filter((name) => name !== ''), 'install', 'download');
  return verb.chain((name) =>
    fc
      .tuple(fc.array(wordsOf(verbs, ''), { maxLength: 3 }), fc.array(wordsOf(verbs, name), { maxLength: 6 }))
      .map(([before, after]) => [...before, name, ...after]),
  );
}

function ourReading(line: readonly string[], pip?: string): Reading {
  const { verb = '', beforeVerb, arguments: positionals, options } = parsePipArguments(line, [], pip);
  return {
    verb,
    before: [...beforeVerb],
    arguments: [...positionals],
    options: options.map(({ name, value }) => [name, value ?? null]),
  };
}

/** A reading without the options' names: which words are options, values and arguments. */
function shape({ options, before, ...reading }: Reading) {
  return { ...reading, before: before.length, values: options.map(([, value]) => value) };
}

describe.each(pips)('the command line of pip $pip on $from', ({ pip, python }) => {
  let reader: ReturnType<typeof start>;
  let verbs: Record<string, Spelled>;
  beforeAll(async () => {
    reader = start(python);
    verbs = await reader.verbs;
  });
  afterAll(() => reader.end());

  test('has no option and no spelling that the table lacks or mistakes', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const table = optionTable(verb === '' ? undefined : verb);
      for (const [spellings, takesValue] of rows) {
        const known = table.filter((row) => spellings.every((spelling) => row.spellings.includes(spelling)));
        if (known.length !== 1 || known[0]?.takesValue !== takesValue) wrong.push(`${verb} ${spellings.join(' ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  const release = pipReleases.indexOf(pip.split('.').slice(0, 2).join('.'));
  test.skipIf(release < 0)('has every spelling that the table says it has', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const theirs = new Set(rows.flatMap(([spellings]) => spellings));
      for (const { spellings, spans } of optionTable(verb === '' ? undefined : verb)) {
        const said = spellings.filter((_, at) => release >= spans[at]![0] && release <= spans[at]![1]);
        wrong.push(...said.filter((spelling) => !theirs.has(spelling)).map((spelling) => `${verb} ${spelling}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  test('has no verb but those known to ask an index or not to', () => {
    const asking = ['', 'install', 'download', 'wheel', 'lock', 'index', 'search'];
    expect(Object.keys(verbs).filter((verb) => !asking.includes(verb) && !verbsWithoutIndex.has(verb))).toEqual([]);
  });

  test('takes every beginning of every option for what we take it', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const table = optionTable(verb === '' ? undefined : verb);
      for (const [typed, name] of beginnings(rows)) {
        const ours = longOption(typed, table, pip);
        if (ours?.name !== name) wrong.push(`${verb} ${typed}: ${name}, not ${ours?.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is read without knowing which pip it is for, but for the few beginnings that changed their meaning', () => {
    const changed = /^--(g|b|bu|bui|buil|build|build-|python)$/;
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(verbs)) {
      const table = optionTable(verb === '' ? undefined : verb);
      for (const [typed, name] of beginnings(rows)) {
        const [ours, meant] = [longOption(typed, table), longOption(name, table, pip)];
        if (ours?.takesValue !== meant?.takesValue) wrong.push(`${verb} ${typed}: a value or none`);
        if (ours?.name !== name && !changed.test(typed)) wrong.push(`${verb} ${typed}: ${name}, not ${ours?.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('at random is read alike, whenever pip does not refuse it', async () => {
    let alike = 0;
    await fc.assert(
      fc.asyncProperty(linesOf(verbs), async (line) => {
        const theirs = await reader.read(line);
        if (theirs === null) return;
        alike += 1;
        expect(ourReading(line, pip)).toEqual(theirs);
        expect(shape(ourReading(line))).toEqual(shape(theirs));
      }),
      { numRuns: 4000 },
    );
    expect(alike).toBeGreaterThan(600);
  });
});

/** What optparse takes each beginning of a long option for, by the option's first spelling. */
function beginnings(rows: Spelled): Map<string, string> {
  const names = new Map(rows.flatMap(([spellings]) => spellings.map((spelling) => [spelling, spellings[0] ?? ''])));
  const long = [...names.keys()].filter((spelling) => spelling.startsWith('--'));
  const found = new Map<string, string>();
  for (const spelling of long) {
    for (let length = 3; length <= spelling.length; length++) {
      const typed = spelling.slice(0, length);
      const fits = names.has(typed) ? [typed] : long.filter((other) => other.startsWith(typed));
      if (fits.length === 1) found.set(typed, names.get(fits[0] ?? '') ?? '');
    }
  }
  return found;
}
