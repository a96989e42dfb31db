import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shims } from '../../src/cli/setup/shims.ts';
import { type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';

const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
/** What awspip adds to `pip --version` on stderr. */
const versionLine = /^awspip \d+\.\d+\.\d+$/m;

let user: Sandbox;

beforeAll(async () => {
  user = await sandbox();
  await writeFile(user.path('.bashrc'), 'alias pip="echo an alias"\nexport KEPT=1');
  const ran = await user.run(['setup', '--shell', 'bash', 'zsh', 'fish', 'powershell']);
  expect(ran).toMatchObject({ exitCode: 0 });
});
afterAll(() => user.remove());

/** Whether this machine has a program. */
const has = (program: string) => spawnSync(program, ['--version']).status === 0;

const run = (command: string, argv: readonly string[], extra: Record<string, string> = {}) =>
  startProcess(command, argv, { ...user.environment, TERM: 'dumb', ...extra }, user.folder).ended;

const shells = [
  { shell: 'bash', args: ['-i', '-c'], kind: 'type -t pip', is: 'function' },
  { shell: 'zsh', args: ['-i', '-c'], kind: 'whence -w pip', is: 'pip: function' },
  { shell: 'fish', args: ['-i', '-c'], kind: 'type -t pip', is: 'function' },
];

describe.each(shells)('$shell', ({ shell, args, kind, is }) => {
  const installed = has(shell);
  if (!installed) process.stderr.write(`${shell} is not installed: its part of setup is not tested\n`);
  const ifInstalled = test.skipIf(!installed);

  ifInstalled(
    'pip and pip3 are functions that run awspip with arguments and exit codes; child processes find the shims',
    async () => {
      const ran = await run(shell, [...args, `${kind}; pip --version; pip3 --version; sh -c 'pip --version'`]);
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(ran.stderr.match(new RegExp(versionLine, 'gm'))).toHaveLength(3);
      expect(ran.stdout.split('\n')[0]).toBe(is);
      expect(ran.stdout.match(/^pip \d/gm)).toHaveLength(3);
      const failed = await run(shell, [...args, `pip show 'no such project'`]);
      expect(failed.exitCode).toBe(1);
      expect(failed.stderr).toContain('no such project');
    },
  );

  ifInstalled(
    'python -m pip and python3 -m pip run awspip with that Python; other arguments go to Python',
    async () => {
      await mkdir(user.path('programs'), { recursive: true });
      const python = user.path('programs', 'python');
      await writeFile(python, '#!/bin/sh\necho "python here" >&2\nexec python3 "$@"\n', { mode: 0o755 });
      const search = { PATH: `${user.path('programs')}${path.delimiter}${process.env.PATH}` };
      const ran = await run(shell, [...args, 'python -m pip --version; python3 -m pip --version'], search);
      expect(ran.stderr.match(new RegExp(versionLine, 'gm'))).toHaveLength(2);
      expect(ran.stderr.match(/python here/g)).toHaveLength(1);
      const other = await run(shell, [...args, 'python3 -c "import sys; print(sys.argv[1]); sys.exit(7)" "a b"']);
      expect(other).toMatchObject({ exitCode: 7, stdout: 'a b\n' });
    },
  );
});

test('if awspip is gone, pip names the folder to delete, and after that a new shell has the pip of before', async () => {
  const other = await sandbox();
  const bash = (command: string) =>
    startProcess('bash', ['-i', '-c', command], { ...other.environment, PATH: '/usr/bin:/bin' }, other.folder).ended;
  try {
    await writeFile(other.path('.bashrc'), '');
    await other.run(['setup', '--shell', 'bash']);
    const [gone] = shims('linux', ['/gone/node', '/gone/awspip.js']);
    await writeFile(other.path('.local/share/awspip/shims/pip'), gone?.text ?? '');
    const failed = await bash('pip --version');
    expect(failed.exitCode).toBe(127);
    const folder = /delete the folder (\S+)/.exec(failed.stderr)?.[1] ?? '';
    expect(folder).toBe(other.path('.local/share/awspip'));
    await rm(folder, { recursive: true });
    expect((await bash('type -t pip')).stdout).not.toContain('function');
  } finally {
    await other.remove();
  }
});

test('a script or a Makefile runs awspip if the shims are first on PATH', async () => {
  const shimPath = { PATH: `${user.path('.local/share/awspip/shims')}${path.delimiter}${process.env.PATH}` };
  await writeFile(user.path('Makefile'), 'all:\n\tpip3 --version\n');
  const make = has('make') ? 'make' : 'pip3 --version';
  const ran = await run('sh', ['-c', `pip --version && ${make}`], shimPath);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr.match(new RegExp(versionLine, 'gm'))).toHaveLength(2);
});

test('awspip under the name of pip or python does not start itself', async () => {
  const folder = user.path('names');
  await mkdir(folder, { recursive: true });
  for (const name of ['pip', 'pip3', 'python', 'python3']) await symlink(bin, path.join(folder, name));
  const search = { PATH: `${folder}${path.delimiter}${process.env.PATH}` };
  for (const name of ['pip', 'pip3']) {
    const ran = await run(path.join(folder, name), ['--version'], search);
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toMatch(/^pip \d/);
  }
  const shim = user.path('.local/share/awspip/shims/pip');
  expect(await run(shim, ['--version'], { AWSPIP_PYTHON: shim })).toMatchObject({ exitCode: 78 });
  expect(await run(shim, ['--version'], { AWSPIP_PYTHON: path.join(folder, 'pip') })).toMatchObject({ exitCode: 78 });
});

test('bash completes own verbs, own options and pip’s', async () => {
  const complete = async (line: string) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const script = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _awspip_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await run('bash', ['-i', '-c', script])).stdout.split('\n');
  };
  expect(await complete('awspip sta')).toContain('status');
  expect(await complete('pip inst')).toContain('install');
  expect(await complete('awspip local u')).toEqual(['up', '']);
  expect(await complete('pip install --awspip-dom')).toContain('--awspip-domain=');
  expect(await complete('pip install --no-bin')).toContain('--no-binary=');
});

test('bash completion does not run what the name of a package contains, and offers no such name', async () => {
  const folder = user.path('hostile');
  await mkdir(folder, { recursive: true });
  const hostile = "function _awspip_of_pip { echo 'a$(touch ran) a`touch ran` a;touch ran apart *'; }";
  for (const word of ['a', '']) {
    const script = `cd hostile; ${hostile}; COMP_WORDS=(pip show '${word}'); COMP_CWORD=2; _awspip_complete; printf '<%s>' "\${COMPREPLY[@]}"`;
    expect((await run('bash', ['-i', '-c', script])).stdout).toContain('<apart>');
  }
  expect(await readdir(folder)).toEqual([]);
});

test.each(shells)('completion in $shell does not run a pip.py of the current folder', async ({ shell }) => {
  if (!has(shell)) return;
  const folder = user.path('with-pip');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'pip.py'), `open('ran-by-${shell}', 'w').close()\n`);
  const init = user.path('.local/share/awspip', shell === 'fish' ? 'init.fish' : 'init.sh');
  const script = {
    bash: `. '${init}'; _awspip_of_pip 'pip inst' 1`,
    zsh: `. '${init}'; _awspip_of_pip 'pip inst' 1`,
    fish: `source '${init}'; complete -C 'awspip inst'`,
  }[shell];
  const ran = await run(shell, ['-c', `cd with-pip; ${script}`]);
  expect(ran.stdout).toContain('install');
  expect(await readdir(folder)).toEqual(['pip.py']);
});

test.skipIf(!has('fish'))('fish completes own verbs and pip’s commands', async () => {
  const complete = async (line: string) =>
    (await run('fish', ['-i', '-c', `complete -C '${line}'`])).stdout.split(/[\t\n]/);
  expect(await complete('awspip sta')).toContain('status');
  expect(await complete('pip inst')).toContain('install');
  expect(await complete('pip install --awspip-dom')).toContain('--awspip-domain=');
});

test.skipIf(!has('zsh'))('zsh completes awspip, pip and pip3', async () => {
  const init = user.path('.local/share/awspip/init.sh');
  const script = `autoload -Uz compinit; compinit -u -D; . '${init}'; print $_comps[awspip] $_comps[pip] $_comps[pip3]; _awspip_words local; _awspip_of_pip 'pip inst' 1`;
  const { stdout } = await run('zsh', ['-f', '-c', script]);
  expect(stdout.split('\n')[0]).toBe('_awspip_complete _awspip_complete _awspip_complete');
  expect(stdout).toContain('reset');
  expect(stdout).toContain('install');
});

test('a second run changes nothing; --remove restores the start files byte for byte', async () => {
  const again = await user.run(['setup', '--shell', 'bash', 'zsh', 'fish', 'powershell']);
  expect(again.stdout).not.toContain('written');
  const removed = await user.run(['setup', '--remove']);
  expect(removed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('awspip: open a new shell; ') });
  expect(await readFile(user.path('.bashrc'), 'utf8')).toBe('alias pip="echo an alias"\nexport KEPT=1');
  await expect(readFile(user.path('.zshrc'))).rejects.toThrow('ENOENT');
  await expect(readFile(user.path('.local/share/awspip/shims/pip'))).rejects.toThrow('ENOENT');
  expect(await user.run(['setup', '--remove'])).toMatchObject({ stdout: 'nothing to remove\n', stderr: '' });
});

test('a start file that became a link stays a link', async () => {
  await user.run(['setup', '--shell', 'zsh']);
  await mkdir(user.path('dotfiles'), { recursive: true });
  await rename(user.path('.zshrc'), user.path('dotfiles', 'zshrc'));
  await symlink(user.path('dotfiles', 'zshrc'), user.path('.zshrc'));
  expect(await user.run(['setup', '--remove', '--shell', 'zsh'])).toMatchObject({ exitCode: 0 });
  expect(await readlink(user.path('.zshrc'))).toBe(user.path('dotfiles', 'zshrc'));
  expect(await readFile(user.path('dotfiles', 'zshrc'), 'utf8')).toBe('');
  await rm(user.path('.zshrc'));
});

test('a start file that is not UTF-8 is not changed', async () => {
  const file = user.path('.bashrc');
  const before = await readFile(file);
  const latin = Buffer.from('export NAME=Andr\u00e9\n', 'latin1');
  await writeFile(file, latin);
  const ran = await user.run(['setup', '--shell', 'bash']);
  expect([ran.exitCode, ran.stderr]).toEqual([78, expect.stringContaining('.bashrc` is not UTF-8 text')]);
  expect(await user.run(['setup', '--remove', '--shell', 'bash'])).toMatchObject({ exitCode: 78 });
  expect(await readFile(file)).toEqual(latin);
  await writeFile(file, before);
});

test('on GitHub Actions the shims are first on PATH in the next steps', async () => {
  const file = user.path('github-path');
  await writeFile(file, '/earlier\n');
  const extra = { GITHUB_PATH: file, GITHUB_ACTIONS: 'true' };
  await user.run(['setup', '--shell', 'bash'], extra);
  await user.run(['setup', '--shell', 'bash'], extra);
  expect(await readFile(file, 'utf8')).toBe(`/earlier\n${user.path('.local/share/awspip/shims')}\n`);
});
