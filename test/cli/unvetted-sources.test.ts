import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { countingPython, type Sandbox, sandbox, startNode } from '../helpers/awspip.ts';
import { openHostileIndex } from '../helpers/hostile-index.ts';
import { representatives } from '../helpers/long-form.ts';

const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
const user: Sandbox = await sandbox();
const { python, starts } = await countingPython(user.folder);
const hostile = await openHostileIndex(user.folder);
const { origin, files } = hostile;
const index = `${origin}/simple/`;

/** Writes a file of the project in which every command runs, and returns its name. */
const write = (name: string, text: string): string => {
  const file = user.path('project', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return name;
};
write('pyproject.toml', '[project]\nname = "own"\nversion = "1"\n');
write('+d@x/evil-99.0-py3-none-any.whl', '');
symlinkSync(files.project, user.path('project', 'linked'));

afterAll(async () => {
  await hostile.close();
  await user.remove();
});

type Rejected = {
  readonly argv: readonly string[];
  /** Part of the message: the option, the variable, or file and line. */
  readonly names: string;
  readonly environment?: Record<string, string>;
};

const inFile = (name: string, text: string): Rejected => ({
  argv: ['install', '-r', write(name, `six\n${text}\n`)],
  names: `${name}:2`,
});
const inVariable = (name: string, value: string): Rejected => ({
  argv: ['install', 'six'],
  names: `${name}: `,
  environment: { [name]: value },
});
const project = (name: string, text: string): string => path.dirname(write(`${name}/pyproject.toml`, text));

const options: Rejected[] = [
  ...[
    ['-i', index],
    [`-i${index}`],
    ['--index-url', index],
    [`--index-url=${index}`],
    [`--index-u=${index}`],
    ['--pypi-url', index],
    [`-qi${index}`],
    ['-Uqi', index],
  ].map((option) => ({ argv: ['install', ...option, 'six'], names: '--index-url' })),
  { argv: ['install', '--extra-index-url', index, 'six'], names: '--extra-index-url' },
  { argv: ['install', `--extra-i=${index}`, 'six'], names: '--extra-index-url' },
  { argv: ['install', '-f', origin, 'six'], names: '--find-links' },
  { argv: ['install', `-qf${files.folder}`, 'six'], names: '--find-links' },
  { argv: ['install', '--no-index', 'six'], names: '--no-index' },
  { argv: ['download', '--find', files.folder, 'six'], names: '--find-links' },
  { argv: ['wheel', '--extra-index-url', index, 'six'], names: '--extra-index-url' },
  { argv: ['index', 'versions', '-i', index, 'six'], names: '--index-url' },
  { argv: ['list', '--outdated', '--extra-index-url', index], names: '--extra-index-url' },
  { argv: ['install', '--isolated', '-i', index, 'six'], names: '--index-url' },
  ...[['--proxy', origin], [`--proxy=${origin}`], ['--proxy='], [`--prox=${origin}`]].flatMap((option) => [
    { argv: ['install', ...option, 'six'], names: '--proxy' },
    { argv: [...option, 'install', '--isolated', 'six'], names: '--proxy' },
  ]),
];

const inFiles: Rejected[] = [
  inFile('i.txt', `-i ${index}`),
  inFile('index.txt', `--index-url=${index}`),
  inFile('extra.txt', `--extra-index-url ${index}`),
  inFile('links.txt', `--find-links ${files.folder}`),
  inFile('none.txt', '--no-index'),
  inFile('abbreviated.txt', `--extra-index-u ${index}`),
  inFile('continued.txt', `--extra-index-url \\\n  ${index}`),
  inFile('address.txt', `evil @ ${origin}/evil-99.0-py3-none-any.whl`),
  inFile('editable.txt', `-e git+file://${files.repository}#egg=evil`),
  inFile('wheel.txt', files.wheel),
  inFile('outside.txt', files.project),
  inFile('remote.txt', `-r ${origin}/requirements.txt`),
  inFile('bounds.txt', `-c ${origin}/constraints.txt`),
  { ...inFile('filled.txt', `-i $` + `{ELSEWHERE}`), environment: { ELSEWHERE: index } },
  {
    argv: ['install', '-r', write('outer.txt', `-r ${write('sub/inner.txt', `-i ${index}\n`) && 'sub/inner.txt'}\n`)],
    names: 'sub/inner.txt:1',
  },
  { argv: ['install', '-c', write('c.txt', `six @ ${origin}/six-1.0-py3-none-any.whl\n`), 'six'], names: 'c.txt:1' },
  { argv: ['install', '-c', write('c-file.txt', `six @ file://${files.wheel}\n`), 'six'], names: 'c-file.txt:1' },
  { argv: ['install', '-c', write('c-folder.txt', `six @ file://${files.project}\n`), 'six'], names: 'c-folder.txt:1' },
  { argv: ['install', '-c', write('c-index.txt', `--extra-index-url ${index}\n`), 'six'], names: 'c-index.txt:1' },
  {
    argv: ['install', '--build-constraint', write('b.txt', `setuptools @ file://${files.wheel}\n`), 'six'],
    names: 'b.txt:1',
  },
  { argv: ['install', '-r', `${origin}/requirements.txt`], names: 'is a requirements file at a URL' },
  { argv: ['install', '-c', `${origin}/constraints.txt`, 'six'], names: 'is a requirements file at a URL' },
  { argv: ['install', '-r', write('pylock.toml', 'lock-version = "1.0"\n')], names: 'pylock.toml' },
  { argv: ['install', '-r', write('pylock.dev.toml', 'lock-version = "1.0"\n')], names: 'pylock.dev.toml' },
];

const addresses: Rejected[] = [
  `${origin}/evil-99.0-py3-none-any.whl`,
  `evil @ ${origin}/evil-99.0-py3-none-any.whl`,
  `evil@${origin}/evil-99.0.tar.gz`,
  `git+${origin}/evil.git`,
  'git+ssh://git@host.example/evil.git',
  `git+file://${files.repository}`,
  'hg+https://host.example/evil',
  'svn+https://host.example/evil',
  'bzr+https://host.example/evil',
  files.wheel,
  `file://${files.wheel}`,
  files.sdist,
  './+d@x/evil-99.0-py3-none-any.whl',
  files.project,
  `file://${files.project}`,
  `evil @ file://${files.project}`,
  './linked',
  '../evil/project',
].map((argument) => ({
  argv: ['install', argument],
  names: argument.replace(/^.* @ |^evil@/, '').replace('git@', '****@'),
}));

const editables: Rejected[] = [
  `git+${origin}/evil.git#egg=evil`,
  'hg+https://host.example/evil#egg=evil',
  files.project,
  './linked',
].map((argument) => ({ argv: ['install', '-e', argument], names: argument }));

const configured: Rejected[] = [
  inVariable('PIP_EDITABLE', `git+file://${files.repository}#egg=evil`),
  inVariable('PIP_REQUIREMENT', `${origin}/requirements.txt`),
  inVariable('PIP_CONSTRAINT', `${origin}/constraints.txt`),
  inVariable('PIP_Constraint', `${origin}/constraints.txt`),
  inVariable('PIP_BUILD_CONSTRAINT', `${origin}/constraints.txt`),
  {
    argv: ['install', 'six'],
    names: 'c-file.txt:1',
    environment: { PIP_CONSTRAINT: 'c-file.txt' },
  },
  ...['config/pip/pip.conf', '.pip/pip.conf', 'xdg/pip/pip.conf', 'venv/pip.conf', 'named.conf'].map((file) => {
    const [top = ''] = file.split('/');
    mkdirSync(path.dirname(user.path(top, file)), { recursive: true });
    return {
      argv: ['install', 'six'],
      names: `${file}:3: `,
      // Each file has its own home, so that only one is read at a time.
      environment: homeWith(file, `[install]\ntimeout = 9\nconstraint = ${origin}/constraints.txt\n`),
    };
  }),
  {
    argv: [
      'install',
      project(
        'own',
        `[project]\nname = "own"\nversion = "1"\ndependencies = [\n  "evil @ ${origin}/evil.whl",\n]\n`,
      ).replace(/^/, './'),
    ],
    names: 'own/pyproject.toml:5',
  },
  {
    argv: [
      'install',
      project('builds', `[build-system]\nrequires = ["evil @ file://${files.wheel}"]\n`).replace(/^/, './'),
    ],
    names: 'builds/pyproject.toml:2',
  },
  {
    argv: [
      'install',
      '--group',
      `${write('groups/pyproject.toml', `[dependency-groups]\nx = ["evil @ ${origin}/e.whl"]\n`)}:x`,
    ],
    names: 'groups/pyproject.toml:2',
  },
  {
    argv: [
      'install',
      '--requirements-from-script',
      write('script.py', `# /// script\n# dependencies = ["evil @ ${origin}/e.whl"]\n# ///\n`),
    ],
    names: 'script.py:2',
  },
];

/** Returns variables of a home in which this file is pip's only configuration. */
function homeWith(file: string, text: string): Record<string, string> {
  const home = user.path('homes', file.replace(/\W/g, '-'));
  mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
  writeFileSync(path.join(home, file), text);
  return {
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_CONFIG_DIRS: path.join(home, 'xdg'),
    ...(file.startsWith('venv') && { VIRTUAL_ENV: path.join(home, 'venv') }),
    ...(file.startsWith('named') && { PIP_CONFIG_FILE: path.join(home, file) }),
  };
}

/** Returns what a source is: what names it, and how its address begins. */
function kindOf({ argv, names, environment }: Rejected): string {
  const address = /(?:git|hg|svn|bzr|https?|file)(?=[+:])/.exec(names)?.[0] ?? names.slice(0, 1);
  const file = names.endsWith(':1') ? 'included' : 'requirements';
  return argv[1] === '-r' || argv[1] === '-c' ? `${argv[1]} ${file}` : `${Object.keys(environment ?? {})} ${address}`;
}

const rejected = [
  ...representatives(options, ({ names }) => names),
  ...representatives([...inFiles, ...addresses, ...editables, ...configured], kindOf),
];

test.concurrent.each(rejected)(
  'rejected before pip starts, with a name and a hint: $argv $environment',
  async ({ argv, names, environment }) => {
    const variables = { ...user.environment, AWSPIP_PYTHON: python, ...environment };
    const { exitCode, stdout, stderr } = await startNode([bin, ...argv], variables, user.path('project')).ended;
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining(names)]);
    expect(stderr).toMatch(/hint: \S/);
    expect(stdout).toBe('');
  },
);

test('pip was not started, no file was run, no host was reached', async () => {
  expect(await starts()).toBe(0);
  expect(hostile.ran()).toBe(false);
  expect(hostile.requests).toEqual([]);
});
