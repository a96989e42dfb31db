#!/usr/bin/env node
// Reads the option parsers of every pip that `prepare-pips.mjs` installed and writes src/pip/option-rows.ts: every verb,
// every option with all its spellings, whether it takes a value, and the versions that have it. `--check` writes nothing
// and fails when the file does not match the pips.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const file = new URL('../../src/pip/option-rows.ts', import.meta.url);

const script = `
import json
from pip._internal.cli.main_parser import create_main_parser
from pip._internal.commands import commands_dict, create_command
def rows(parser):
    options = [option for option in parser.option_list_all if option._long_opts]
    assert all(option.nargs in (None, 1) for option in options)
    return [[option._long_opts + option._short_opts, option.takes_value()] for option in options]
verbs = {verb: rows(create_command(verb).parser) for verb in commands_dict}
print(json.dumps({'': rows(create_main_parser()), **verbs}))
`;

// The table does not include the patched pips of Linux distributions. Tests compare them with it.
const pips = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8')).filter(({ pip }) => /^[\d.]+$/.test(pip));
const parsers = pips
  .map(({ pip, python }) => ({ release: pip.split('.').slice(0, 2).join('.'), verbs: readParsers(python) }))
  .sort((one, other) => order(one.release) - order(other.release));
const releases = parsers.map(({ release }) => release);

const general = verbLines('');
const sections = [...new Set(parsers.flatMap(({ verbs }) => Object.keys(verbs)))]
  .filter((verb) => verb !== '')
  .map((verb) => {
    const lines = verbLines(verb);
    const missing = general.map(canonical).filter((name) => !lines.some((line) => canonical(line) === name));
    if (missing.length > 0) throw new Error(`${verb} has no ${missing.join(', ')}`);
    const shared = new Set(verbLines('', verb));
    return [`[${verb}]`, ...lines.filter((line) => !shared.has(line))];
  });
const text = `// Written by test/tools/pip-options.mjs from the parsers of pip ${releases.join(', ')}. Do not edit by hand.

/** The versions of pip in the table, oldest first. */
export const pipReleases: readonly string[] = '${releases.join(' ')}'.split(' ');

/**
 * Each line is an option: its spellings, the canonical one first, with \`=\` if it takes a value. \`@FIRST-LAST\` after a
 * spelling names the first and the last version that has it, unless every version with that verb does. The options
 * before the first \`[verb]\` are valid before and after every verb, where the verb's own definition takes precedence.
 */
export const optionRows = \`
${[...general, ...sections.flat()].join('\n')}\`;
`;

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(
      'src/pip/option-rows.ts does not match the prepared pips: run `node test/tools/pip-options.mjs`\n',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
  process.stdout.write(`src/pip/option-rows.ts written from pip ${releases.join(', ')}\n`);
}

function readParsers(python) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PIP_'));
  const env = { ...Object.fromEntries(inherited), PIP_CONFIG_FILE: os.devNull };
  return JSON.parse(execFileSync(python, ['-I', '-c', script], { env, encoding: 'utf8' }));
}

/** Returns the options of one verb in all versions; with `among`, only in versions that also have that verb. */
function verbLines(verb, among = verb) {
  const versions = parsers.filter(({ verbs }) => verbs[verb] && verbs[among]);
  const options = [];
  for (const { release, verbs } of versions) {
    for (const [spellings, takesValue] of verbs[verb]) {
      let option = options.find((known) => spellings.some((spelling) => known.spellings.has(spelling)));
      if (!option) {
        option = { takesValue, spellings: new Map() };
        options.push(option);
      }
      if (option.takesValue !== takesValue) throw new Error(`${verb} ${spellings}: only some versions take a value`);
      for (const spelling of spellings) {
        option.spellings.set(spelling, [...(option.spellings.get(spelling) ?? []), release]);
      }
    }
  }
  const all = versions.map(({ release }) => release);
  return options.map(({ spellings, takesValue }) =>
    [...spellings]
      .map(([spelling, versionsWithSpelling]) => spelling + (takesValue ? '=' : '') + span(versionsWithSpelling, all))
      .join(' '),
  );
}

function span(versionsWithSpelling, all) {
  const first = all.indexOf(versionsWithSpelling[0]);
  const last = all.indexOf(versionsWithSpelling.at(-1));
  if (last - first + 1 !== versionsWithSpelling.length)
    throw new Error(`a spelling was removed and added again: ${versionsWithSpelling}`);
  if (first === 0 && last === all.length - 1) return '';
  return `@${first === 0 ? '' : versionsWithSpelling[0]}-${last === all.length - 1 ? '' : versionsWithSpelling.at(-1)}`;
}

function canonical(line) {
  return line.split(/[ =@]/)[0];
}

function order(release) {
  const [year, number] = release.split('.').map(Number);
  return year * 100 + number;
}
