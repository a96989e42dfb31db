#!/usr/bin/env node
// Asks every pip that `prepare-pips.mjs` made for its option parsers and writes src/pip/option-rows.ts: every verb,
// every option with all its spellings, whether a value follows, and the pips that have it. `--check` writes nothing
// and fails when the file is not what the pips say.
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

// A distribution's patched pip is held against the table by the tests, but writes none of it.
const pips = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8')).filter(({ pip }) => /^[\d.]+$/.test(pip));
const asked = pips
  .map(({ pip, python }) => ({ release: pip.split('.').slice(0, 2).join('.'), verbs: ask(python) }))
  .sort((one, other) => order(one.release) - order(other.release));
const releases = asked.map(({ release }) => release);

const general = verbLines('');
const sections = [...new Set(asked.flatMap(({ verbs }) => Object.keys(verbs)))]
  .filter((verb) => verb !== '')
  .map((verb) => {
    const lines = verbLines(verb);
    const lacking = general.map(canonical).filter((name) => !lines.some((line) => canonical(line) === name));
    if (lacking.length > 0) throw new Error(`${verb} has no ${lacking.join(', ')}`);
    const shared = new Set(verbLines('', verb));
    return [`[${verb}]`, ...lines.filter((line) => !shared.has(line))];
  });
const text = `// Written by test/tools/pip-options.mjs from the parsers of pip ${releases.join(', ')}: not edited by hand.

/** The pips that were read, oldest first. */
export const pipReleases: readonly string[] = '${releases.join(' ')}'.split(' ');

/**
 * A line is an option: its spellings, the canonical one first, with \`=\` when a value follows; \`@FIRST-LAST\` behind a
 * spelling names the first and the last pip that had it, where that is not every pip with that verb. The options before
 * the first \`[verb]\` stand before any verb and after every one; what a verb says of the same option holds after it.
 */
export const optionRows = \`
${[...general, ...sections.flat()].join('\n')}\`;
`;

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(
      'src/pip/option-rows.ts is not what the prepared pips say: run node test/tools/pip-options.mjs\n',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
  process.stdout.write(`src/pip/option-rows.ts written from pip ${releases.join(', ')}\n`);
}

function ask(python) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PIP_'));
  const env = { ...Object.fromEntries(kept), PIP_CONFIG_FILE: os.devNull };
  return JSON.parse(execFileSync(python, ['-I', '-c', script], { env, encoding: 'utf8' }));
}

/** The options of one verb over all pips; with `among`, over the pips only that have that other verb. */
function verbLines(verb, among = verb) {
  const having = asked.filter(({ verbs }) => verbs[verb] && verbs[among]);
  const options = [];
  for (const { release, verbs } of having) {
    for (const [spellings, takesValue] of verbs[verb]) {
      let option = options.find((known) => spellings.some((spelling) => known.spellings.has(spelling)));
      if (!option) {
        option = { takesValue, spellings: new Map() };
        options.push(option);
      }
      if (option.takesValue !== takesValue) throw new Error(`${verb} ${spellings}: a value follows in some pips only`);
      for (const spelling of spellings) {
        option.spellings.set(spelling, [...(option.spellings.get(spelling) ?? []), release]);
      }
    }
  }
  const all = having.map(({ release }) => release);
  return options.map(({ spellings, takesValue }) =>
    [...spellings].map(([spelling, those]) => spelling + (takesValue ? '=' : '') + span(those, all)).join(' '),
  );
}

function span(those, all) {
  const first = all.indexOf(those[0]);
  const last = all.indexOf(those.at(-1));
  if (last - first + 1 !== those.length) throw new Error(`a spelling came back: ${those}`);
  if (first === 0 && last === all.length - 1) return '';
  return `@${first === 0 ? '' : those[0]}-${last === all.length - 1 ? '' : those.at(-1)}`;
}

function canonical(line) {
  return line.split(/[ =@]/)[0];
}

function order(release) {
  const [year, number] = release.split('.').map(Number);
  return year * 100 + number;
}
