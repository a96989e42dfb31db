import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { pipValues } from '../../../src/cli/completion/pip-words.ts';
import { parsePipArguments } from '../../../src/pip/grammar.ts';
import { optionTable, verbsWithoutIndex } from '../../../src/pip/options.ts';

/** Prints the options of the machine's pip, and how it parses command lines. */
const script = `
import json, sys
from pip._internal.commands import commands_dict, create_command
from pip._internal.cli.main_parser import create_main_parser
from pip._internal.cli.parser import ConfigOptionParser
def refuse(self, message):
    raise ValueError(message)
ConfigOptionParser.error = refuse
def rows(parser):
    return [[o._long_opts + o._short_opts, o.takes_value()] for o in parser.option_list_all if o._long_opts]
def read(argv):
    try:
        main = create_main_parser()
        _, rest = main.parse_args(list(argv))
        if not rest: return None
        verb = rest[0]
        words = list(argv)
        words.remove(verb)
        command = create_command(verb, isolated='--isolated' in words)
        options, arguments = command.parse_args(words)
        get = lambda name: getattr(options, name, None)
        control = get('format_control')
        return {'verb': verb, 'arguments': arguments, 'isolated': '--isolated' in words,
            'index': get('index_url'), 'extra': get('extra_index_urls') or [], 'find': get('find_links') or [],
            'requirements': get('requirements') or [], 'constraints': get('constraints') or [],
            'editables': (get('editables') or []) if isinstance(get('editables'), list) else [],
            'upgrade': bool(get('upgrade')), 'pre': bool(get('pre')), 'noDeps': bool(get('ignore_dependencies')),
            'proxy': get('proxy'),
            'noBinary': sorted(control.no_binary) if control else [], 'onlyBinary': sorted(control.only_binary) if control else []}
    except (ValueError, SystemExit):
        return 'refused'
lines = json.load(sys.stdin)
tables = {verb: rows(create_command(verb).parser) for verb in commands_dict}
choices = {verb: [[o.get_opt_string(), o.choices] for o in create_command(verb).parser.option_list_all if o.choices]
    for verb in commands_dict}
print(json.dumps({'tables': tables, 'choices': choices, 'read': [read(line) for line in lines]}))
`;

const fragments = [
  '-q',
  '-qqv',
  '-U',
  '--upgrade',
  '--pre',
  '--no-deps',
  '--no-dep',
  '-i URL',
  '-iURL',
  '-qi URL',
  '--index-url=URL',
  '--index-u URL',
  '--pypi-url=URL',
  '--extra-index-url URL',
  '--extra=URL',
  '-f DIR',
  '-qfDIR',
  '--find=DIR',
  '-r a.txt',
  '-ra.txt',
  '--requirement=a.txt',
  '-c c.txt',
  '--constr c.txt',
  '-e .',
  '-qe.',
  '--no-binary :all:',
  '--only-binary=Foo_Bar,x',
  '--no-binary foo,:none:,bar',
  '--proxy http://p',
  '--isolated',
  '--isol',
  '--prox=p',
  '--timeout 3',
  '--log f',
  '--',
  '-',
  'six',
  'six>=1',
  '-x',
  '--no-such',
  '--re',
  '--pr',
  '--target t',
  '-t t',
  '--trusted-host h',
  '--log install',
  '--cache-dir=',
  '-r -h',
];

/** Returns pseudo-random command lines from a fixed seed, so that failures can be repeated. */
function commandLines(): string[][] {
  let state = 12_345;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const lines: string[][] = [];
  for (let count = 0; count < 1500; count++) {
    const verb = ['install', 'download', 'wheel', 'list', 'install', 'freeze'][next(6)]!;
    const words = Array.from({ length: next(6) }, () => fragments[next(fragments.length)]!);
    const general = next(4) === 0 ? ['--isolated', '-q', '--log f', '--timeout=3', '--prox p'][next(5)]! : '';
    lines.push([general, verb, ...words].join(' ').split(' ').filter(Boolean));
  }
  return lines;
}

const lines = commandLines();
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PIP_')));
const result = spawnSync('python3', ['-c', script], {
  input: JSON.stringify(lines),
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  env: { ...environment, PIP_CONFIG_FILE: '/dev/null' },
});
const pip: {
  tables: Record<string, [string[], boolean][]>;
  choices: Record<string, [option: string, values: string[]][]>;
  read: ('refused' | null | Record<string, unknown>)[];
} = JSON.parse(result.stdout || '{"tables":{},"choices":{},"read":[]}');

describe("this machine's pip", () => {
  test('runs without errors', () =>
    expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' }));

  test('has only options that match the table', () => {
    const wrong: string[] = [];
    for (const [verb, rows] of Object.entries(pip.tables)) {
      for (const [spellings, takesValue] of rows) {
        for (const spelling of spellings) {
          const row = optionTable(verb).find((candidate) => candidate.spellings.includes(spelling));
          if (row?.takesValue !== takesValue) wrong.push(`${verb} ${spelling}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    const hasIndexUrl = ['install', 'download', 'wheel', 'lock', 'index', 'search'];
    expect(
      Object.keys(pip.tables).filter((verb) => !hasIndexUrl.includes(verb) && !verbsWithoutIndex.has(verb)),
    ).toEqual([]);
  });

  test('has only values of options that completion offers, except for features, which change with each version', () => {
    const unknown = Object.entries(pip.choices).flatMap(([verb, options]) =>
      options
        .filter(([option]) => !option.startsWith('--use-'))
        .flatMap(([option, values]) => {
          const offered = pipValues[`${verb} ${option}`] ?? pipValues[option] ?? [];
          return values.filter((value) => !offered.includes(value)).map((value) => `${verb} ${option}=${value}`);
        }),
    );
    expect(unknown).toEqual([]);
    expect(Object.keys(pip.choices)).toContain('install');
  });

  test('parses 1,500 command lines as awspip does', () => {
    const differences: unknown[] = [];
    let matching = 0;
    for (const [index, line] of lines.entries()) {
      const expected = pip.read[index];
      if (expected === 'refused' || expected === null || expected === undefined) continue;
      const actual = parseLine(line);
      if (JSON.stringify(actual) === JSON.stringify(expected)) matching += 1;
      else differences.push({ line: line.join(' '), ours: actual, theirs: expected });
    }
    expect(differences.slice(0, 3)).toEqual([]);
    expect(matching).toBeGreaterThan(300);
  });
});

function parseLine(line: readonly string[]) {
  const command = parsePipArguments(line);
  const values = (name: string) =>
    command.options.flatMap((option) => (option.name === name && option.value !== undefined ? option.value : []));
  const hasIndexUrl = ['install', 'download', 'wheel', 'list'].includes(command.verb ?? '');
  return {
    verb: command.verb,
    arguments: command.arguments,
    isolated: command.isolated,
    index: hasIndexUrl ? (values('--index-url').at(-1) ?? 'https://pypi.org/simple') : null,
    extra: values('--extra-index-url'),
    find: values('--find-links'),
    requirements: command.requirementFiles,
    constraints: command.constraintFiles,
    editables: command.editables,
    upgrade: command.upgrade,
    pre: command.pre,
    noDeps: command.noDeps,
    // Since 26.3, an absent proxy is null. Before, it was an empty text.
    proxy:
      values('--proxy').at(-1) ??
      (pip.read.some((read) => read && read !== 'refused' && read.proxy === '') ? '' : null),
    noBinary: [...command.formatControl.noBinary].sort(),
    onlyBinary: [...command.formatControl.onlyBinary].sort(),
  };
}
