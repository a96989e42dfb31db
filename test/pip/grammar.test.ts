import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatControl, optionValues, parsePipArguments, replaceOptionValue } from '../../src/pip/grammar.ts';

const parse = (line: string) => parsePipArguments(line.split(' ').filter(Boolean));
const readOptions = (line: string) =>
  parse(line).options.map(({ name, value }) => (value === undefined ? name : [name, value]));

describe('the verb', () => {
  test.each([
    ['install requests', 'install', ['requests']],
    ['--quiet install requests', 'install', ['requests']],
    ['--proxy install install requests', 'install', ['requests']],
    ['--log=install wheel .', 'wheel', ['.']],
    ['-qqv --log out.txt download six', 'download', ['six']],
    ['-- install requests', 'install', ['requests']],
    ['--isol install requests', 'install', ['requests']],
    ['install install', 'install', ['install']],
    ['--log install -q install six', 'install', ['install', 'six']],
  ])('of `%s` is %s', (line, verb, positionals) => {
    expect(parse(line)).toMatchObject({ verb, arguments: positionals });
  });

  test.each(['', '--version', '-V', '--log out.txt', '--log', '--'])('is absent in `%s`', (line) => {
    expect(parse(line)).toMatchObject({ usesIndex: false, asksForHelp: true });
    expect(parse(line).verb).toBeUndefined();
  });
});

describe('options', () => {
  test.each([
    ['install -qfURL x', ['--quiet', ['--find-links', 'URL']]],
    ['install -qi URL x', ['--quiet', ['--index-url', 'URL']]],
    ['install --index-u=URL x', [['--index-url', 'URL']]],
    ['install --extra-i URL x', [['--extra-index-url', 'URL']]],
    ['install --pypi-url URL x', [['--index-url', 'URL']]],
    ['install --find URL x', [['--find-links', 'URL']]],
    ['install -r -h', [['--requirement', '-h']]],
    ['install -U -Ix', ['--upgrade', '--ignore-installed', '-x']],
    ['install --requirem a.txt', [['--requirement', 'a.txt']]],
    ['install --prox=http://p x', [['--proxy', 'http://p']]],
    ['list --pro http://p', [['--proxy', 'http://p']]],
    ['install --no-dependencies x', ['--no-deps']],
    ['install --require-venv x', ['--require-virtualenv']],
    ['list -e -o', ['--editable', '--outdated']],
    ['lock -o out.toml', [['--output', 'out.toml']]],
    ['show -f six', ['--files']],
    ['search -i URL six', [['--index', 'URL']]],
    ['install --index-url', ['--index-url']],
    ['install --no-such thing', ['--no-such']],
    ['install --log=', [['--log', '']]],
    ['install --in URL x', [['--index-url', 'URL']]],
    ['--log install -q install six', [['--log', '-q']]],
  ])('of `%s` are parsed as pip parses them', (line, expected) => {
    expect(readOptions(line)).toEqual(expected);
  });

  test.each([
    ['--g x', undefined, '--group'],
    ['--g x', '25.3', '--group'],
    ['--g x', '24.0', '--global-option'],
    ['--build x', '20.3.4', '--build'],
    ['--build x', '26.3', '--build-constraint'],
    ['--only x', undefined, '--only-binary'],
    ['--install-op x', undefined, '--install-option'],
    ['--python 3', '21.0', '--python-version'],
    ['--python 3', '99.1', '--python'],
    ['--up', '19.0', '--up'],
  ])('are expanded from `%s` as pip %s does', (line, pip, name) => {
    expect(parsePipArguments(['install', ...line.split(' ')], [], pip).options[0]?.name).toBe(name);
  });

  test('before the verb are known from the first pass, regardless of the second', () => {
    expect(parse('--log list --later list install six')).toMatchObject({
      verb: 'list',
      beforeVerb: ['--log', '--later'],
      options: [{ name: '--log', value: '--later', index: 0, valueIndex: 2 }],
    });
  });

  test('after `--` are arguments', () => {
    expect(parse('install -q -- -r --upgrade')).toMatchObject({ arguments: ['-r', '--upgrade'], upgrade: false });
  });

  test('a lone dash is an argument', () => {
    expect(parse('install -').arguments).toEqual(['-']);
  });

  test('that repeat are collected in order', () => {
    const command = parse('install -r a.txt -rb.txt --requirement=c.txt -c d.txt -e . -e ./sub six --pre --no-deps -U');
    expect(command).toMatchObject({
      requirementFiles: ['a.txt', 'b.txt', 'c.txt'],
      constraintFiles: ['d.txt'],
      editables: ['.', './sub'],
      arguments: ['six'],
      pre: true,
      noDeps: true,
      upgrade: true,
    });
    expect(optionValues(command, '--requirement')).toEqual(command.requirementFiles);
  });

  test('have their values replaced in place', () => {
    const { argv, options } = parse('install -r - -q -r/dev/stdin --requirement=/dev/fd/3 -qr x');
    const files = options.filter(({ name }) => name === '--requirement');
    const replaced = files.reduce<readonly string[]>((line, file) => replaceOptionValue(line, file, '/tmp/copy'), argv);
    expect(replaced.join(' ')).toBe('install -r /tmp/copy -q -r/tmp/copy --requirement=/tmp/copy -qr /tmp/copy');
  });
});

describe('an index is used', () => {
  test.each([
    'install x',
    'download x',
    'wheel .',
    'lock .',
    'index versions x',
    'search x',
    'list --outdated',
    'list -o',
    'list --uptodate',
    'list --outd',
    'sync x',
    'isntall x',
  ])('by `%s`', (line) => expect(parse(line).usesIndex).toBe(true));

  test.each([
    'list',
    'freeze',
    'uninstall x',
    'show x',
    'check',
    'config list',
    'cache dir',
    'hash x',
    'debug',
    'inspect',
    'completion',
    'help install',
    'install --help',
    'install -qh',
    '-h install x',
    '--version install x',
    '-qV install x',
  ])('by `%s` it is not used', (line) => expect(parse(line).usesIndex).toBe(false));

  test('by an install with `--version` after the verb, which pip ignores', () => {
    expect(parse('install x --version').usesIndex).toBe(true);
  });
});

describe('isolation', () => {
  test('is the literal argument at any position', () => {
    expect(parse('--isolated install x').isolated).toBe(true);
    expect(parse('install x -- --isolated').isolated).toBe(true);
  });

  test('is not an abbreviation', () => expect(parse('install --isol x').isolated).toBe(false));
});

describe('format control', () => {
  const control = (line: string) => parse(`install ${line}`).formatControl;
  test.each([
    ['--no-binary :all:', [], [':all:']],
    ['--only-binary=:all: --no-binary Foo_Bar,baz', [':all:'], ['foo-bar', 'baz']],
    ['--only-binary foo --no-binary foo', [], ['foo']],
    ['--no-binary foo --only-binary foo,bar', ['foo', 'bar'], []],
    ['--no-binary foo,:none:,bar', [], ['bar']],
    ['--no-binary a,:all:,b', [], [':all:']],
    ['--no-binary a,:all:,b,:none:,c', [], ['c']],
    ['--only-binary x --no-binary :all:', [], [':all:']],
  ])('of `%s`', (line, onlyBinary, noBinary) => expect(control(line)).toEqual({ onlyBinary, noBinary }));

  test('is empty without options', () => expect(formatControl([])).toEqual({ onlyBinary: [], noBinary: [] }));
});

test('any arguments are parsed without an exception', () => {
  const argument = fc.oneof(
    fc.string(),
    fc.constantFrom('install', '-r', '--', '-', '--index-url', '-qqq', '--no-binary', ':all:', '__proto__', '--=x'),
  );
  fc.assert(
    fc.property(fc.array(argument), (argv) => {
      const command = parsePipArguments(argv);
      expect(command.argv).toBe(argv);
      for (const option of command.options) expect(option.index).toBeLessThan(argv.length);
    }),
  );
});

test('a hundred thousand arguments are parsed within a second', () => {
  const argv = ['install', ...Array.from({ length: 100_000 }, (_, index) => `project-${index}`)];
  expect(parsePipArguments(argv).arguments).toHaveLength(100_000);
});
