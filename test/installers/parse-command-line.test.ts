import { expect, test } from 'vitest';
import { identifyInstaller, runsPrograms } from '../../src/installers/installer.ts';
import { parseCommandLine } from '../../src/installers/parse-command-line.ts';
import { poetryRange } from '../../src/installers/poetry-range.ts';
import { toPipMessages } from '../../src/installers/to-pip-messages.ts';
import { readFailure } from '../../src/pip/failure.ts';

const requirementsIn = (text: string) =>
  readFailure(toPipMessages(text)).requirements.map((requirement) => requirement.text);

test.each([
  ['a name', 'Because nope was not found in the package registry and you require nope, we can', ['nope']],
  [
    'a version',
    'Because only alpha==1.0 is available and you require alpha>=2, we can conclude that your requirements',
    ['alpha>=2'],
  ],
  [
    'a version that a dependency needs, wrapped and coloured',
    '\u001b[31m  cause\u001b[39m: Because only beta==1.0 is available and all versions of delta depend on\n         beta>=2,<3, we can conclude',
    ['beta>=2,<3'],
  ],
  ['an exact one', 'there is no version of alpha==2 and you require alpha==2, we can conclude', ['alpha==2']],
  ['a file of a lock', 'error: Failed to download `beta==1.0`\n  cause: HTTP status 404', ['beta==1.0']],
  [
    'a name and a version of it',
    'Because pkg was not found in the package registry and you require pkg>=1, we can conclude',
    ['pkg>=1'],
  ],
  ['a build', 'Because maker was not found in the package registry and you require maker', ['maker']],
])('uv: %s', (_, text, requirements) => expect(requirementsIn(text)).toEqual(requirements));

test.each([
  [
    'pip-compile',
    'pip._internal.exceptions.DistributionNotFound: No matching distribution found for beta>=2\n',
    ['beta>=2'],
  ],
  ['pipenv', 'ERROR: ERROR: No matching distribution found for nothere\n', ['nothere']],
  ['poetry add', 'Could not find a matching version of package nothere', ['nothere']],
  [
    'poetry',
    'Because no versions of delta match >1.0,<2.0\n and delta (1.0) depends on beta (>=2), delta requires beta (>=2).',
    ['beta>=2'],
  ],
  ['poetry, a caret', 'Because mine depends on nothere (^1.2) which doesn’t match any versions', ['nothere>=1.2,<2']],
])('%s', (_, text, requirements) => expect(requirementsIn(text)).toEqual(requirements));

test('output without a requirement gives no message, and malicious output is read quickly', () => {
  expect(toPipMessages('error: Failed to spawn: `nope`\nassert 1 == 2')).toBe('');
  expect(requirementsIn('you require $(reboot) and depends on ../../etc')).toEqual([]);
  for (const text of ['depends on a', 'a', '>=', 'you require a[', '`', 'a.-_'])
    toPipMessages(text.repeat(400_000 / text.length));
});

test.each([
  ['^1.2.3', '>=1.2.3,<2'],
  ['^0.2.3', '>=0.2.3,<0.3'],
  ['^0.0', '>=0.0,<0.1'],
  ['~1.2.3', '>=1.2.3,<1.3'],
  ['~1', '>=1,<2'],
  ['~=1.4', '~=1.4'],
  ['*', ''],
  ['1.2.*', '==1.2.*'],
  ['1.5', '==1.5'],
  ['>=1, <3', '>=1,<3'],
  ['^1 || ^2', undefined],
  ['; rm', undefined],
])('poetry’s %s becomes %s', (text, range) => expect(poetryRange(text)).toBe(range));

test.each([
  [['uv', 'sync'], 'uv', ['sync']],
  [['/opt/bin/uv.exe', 'sync'], 'uv', ['sync']],
  [['pip3.12', 'list'], 'pip', ['list']],
  [['python3', '-m', 'tox', '-e', 'a'], 'tox', ['-e', 'a']],
  [['python', '-I', '-m', 'piptools', 'compile'], 'pip-compile', ['compile']],
  [['python', 'setup.py'], 'other', ['setup.py']],
  [['python3', '-mpip', 'install'], 'pip', ['install']],
  [['python3', '-Impip', 'install'], 'pip', ['install']],
  [['python3', '-X', 'utf8', '-Wignore', '-um', 'pip', 'list'], 'pip', ['list']],
  [['python3', '-c', '-m', 'pip'], 'other', ['-c', '-m', 'pip']],
  [['python3', '-', '-m', 'pip'], 'other', ['-', '-m', 'pip']],
  [['python3', 'x.py', '-m', 'pip'], 'other', ['x.py', '-m', 'pip']],
  [['make', 'pip'], 'other', ['pip']],
])('%j is %s', (argv, name, args) => {
  expect(identifyInstaller(argv)).toMatchObject({ installer: { name }, args });
});

test('programs that may need the terminal', () => {
  const runs = (...argv: string[]) => runsPrograms(identifyInstaller(argv).installer, identifyInstaller(argv).args);
  expect([runs('uv', 'run', 'python'), runs('uvx', 'ruff'), runs('poetry', 'shell'), runs('sh')]).not.toContain(false);
  expect([runs('uv', 'sync'), runs('pipx', 'install', 'run-me'), runs('tox')]).not.toContain(true);
});

test('a command line is parsed by the common rules', () => {
  const rules = { valueOptions: new Set(['--python', '-r']), longNames: { '-U': '--upgrade' } };
  expect(parseCommandLine(['-qUrfile', 'x', '--python', '3', '--python=4', '--', '-y'], rules)).toEqual({
    options: [
      { name: '-q' },
      { name: '--upgrade' },
      { name: '-r', value: 'file' },
      { name: '--python', value: '3' },
      { name: '--python', value: '4' },
    ],
    positionals: ['x', '-y'],
  });
  expect(parseCommandLine(['run', 'a', '-U'], { ...rules, maxPositionals: 2 }).positionals).toEqual(['run', 'a', '-U']);
});

test('uv with `--offline` misses nothing that vetting could add', () => {
  const offline = `error: No solution found when resolving dependencies
  cause: Because pkg was not found in the cache and you require pkg, we can conclude that your requirements are
         unsatisfiable.

hint: Packages were unavailable because the network was
      disabled. When the network is disabled, registry packages may only be read from the cache.`;
  expect(toPipMessages(offline)).toBe('');
});

test('PDM names no version that it lacks, so that all requirements are vetted together', () => {
  const text = 'ERROR: Unable to find a resolution for locked\nPlease make sure the package name is correct.\n';
  expect(readFailure(toPipMessages(text))).toMatchObject({ requirements: [], resolutionImpossible: true });
});
