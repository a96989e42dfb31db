import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { completionWords } from '../../src/cli/setup/completion-words.ts';
import { powerShellInit } from '../../src/cli/setup/powershell.ts';
import { readShells, removeFromShells, type ShellFiles, setUpShells } from '../../src/cli/setup/shell-setup.ts';
import { type Machine, shellsInUse, startFiles, startFilesToWrite } from '../../src/cli/setup/shells.ts';
import { shims } from '../../src/cli/setup/shims.ts';

const linux: Machine = { platform: 'linux', home: '/home/ann', environment: { SHELL: '/bin/zsh' } };
const words = completionWords(new Command('awspip'), ['domain']);

/** A disk in memory. */
function disk(given: Readonly<Record<string, string>> = {}) {
  const held = new Map(Object.entries(given));
  const files: ShellFiles = {
    starter: ['/opt/node', "/opt/ann's/awspip.js"],
    folder: '/home/ann/.local/share/awspip',
    isThere: async (file) => [...held.keys()].some((known) => known === file || known.startsWith(`${file}/`)),
    read: async (file) => held.get(file),
    write: async (file, text) => void held.set(file, text),
    remove: async (file) => void held.delete(file),
  };
  return { held, files };
}

describe('which shells', () => {
  test('the login shell, and those whose start file is there', async () => {
    const { files } = disk({ '/home/ann/.bashrc': '', '/home/ann/.config/fish/config.fish': '' });
    expect(await shellsInUse(linux, files.isThere)).toEqual(['bash', 'zsh', 'fish']);
    expect(await shellsInUse({ ...linux, environment: {} }, disk().files.isThere)).toEqual(['bash']);
    expect(await shellsInUse({ ...linux, platform: 'win32', environment: {} }, disk().files.isThere)).toEqual([
      'powershell',
    ]);
  });

  test('ZDOTDIR and XDG_CONFIG_HOME count', () => {
    expect(startFiles('zsh', { ...linux, environment: { ZDOTDIR: '/z' } })).toEqual([['/z/.zshrc']]);
    expect(startFiles('fish', { ...linux, environment: { XDG_CONFIG_HOME: '/c' } })).toEqual([
      ['/c/fish/conf.d/awspip.fish'],
    ]);
  });

  test('macOS: the file of login shells that is there, as a new .bash_profile would hide it', async () => {
    const written = (given: Readonly<Record<string, string>>) =>
      startFilesToWrite('bash', { ...linux, platform: 'darwin' }, disk(given).files.isThere);
    expect(await written({})).toEqual(['/home/ann/.bash_profile']);
    expect(await written({ '/home/ann/.profile': '' })).toEqual(['/home/ann/.profile']);
    expect(await written({ '/home/ann/.profile': '', '/home/ann/.bash_login': '' })).toEqual(['/home/ann/.bash_login']);
  });

  test('Windows: PowerShell has one file, Windows PowerShell another where it is used, OneDrive perhaps both', async () => {
    const profileIn = (folder: string) => `/home/ann/${folder}/Microsoft.PowerShell_profile.ps1`;
    const windows: Machine = { ...linux, platform: 'win32', environment: { OneDrive: '/home/ann/OneDrive' } };
    const written = (...there: string[]) =>
      startFilesToWrite('powershell', windows, disk(Object.fromEntries(there.map((file) => [file, '']))).files.isThere);
    expect(await written()).toEqual([profileIn('Documents/PowerShell')]);
    const old = profileIn('Documents/WindowsPowerShell');
    const moved = profileIn('OneDrive/Documents/PowerShell');
    expect(await written(old, moved)).toEqual([profileIn('Documents/PowerShell'), old, moved]);
  });

  test('a shell nobody knows is refused', () => {
    expect(readShells(['pwsh', 'zsh'])).toEqual(['powershell', 'zsh']);
    expect(() => readShells(['tcsh'])).toThrow('tcsh');
  });
});

describe('setup', () => {
  test('again changes nothing, and --remove brings everything back', async () => {
    const before = { '/home/ann/.bashrc': 'alias x=y', '/home/ann/.zshrc': '' };
    const { held, files } = disk(before);
    const all = ['bash', 'zsh', 'fish', 'powershell'] as const;
    await setUpShells(all, words, linux, files);
    const after = new Map(held);
    expect(new Set((await setUpShells(all, words, linux, files)).map(({ what }) => what))).toEqual(
      new Set(['as it was']),
    );
    expect(held).toEqual(after);
    await removeFromShells([], linux, files);
    expect(Object.fromEntries(held)).toEqual(before);
    expect(await removeFromShells([], linux, files)).toEqual([]);
  });

  test('a broken start file stops it before anything is written', async () => {
    const { held, files } = disk({ '/home/ann/.bashrc': '# >>> awspip >>>\n' });
    await expect(setUpShells(['bash', 'zsh'], words, linux, files)).rejects.toThrow('.bashrc');
    expect([...held.keys()]).toEqual(['/home/ann/.bashrc']);
  });

  test('Windows has batch files beside the plain ones, with percent signs kept', () => {
    const made = shims('win32', ['C:\\100%\\node.exe', 'C:\\awspip.js']);
    expect(made.map(({ name }) => name)).toEqual(['pip', 'pip3', 'pip.cmd', 'pip3.cmd']);
    expect(made[2]?.text).toBe('@echo off\r\n"C:\\100%%\\node.exe" "C:\\awspip.js" %*\r\n');
  });
});

test('completion knows our verbs, what follows them, and our options', () => {
  const program = new Command('awspip');
  program.command('local').command('up');
  program.command('status').option('--json');
  program.command('hidden', { hidden: true });
  expect(completionWords(program, ['domain'])).toEqual({
    verbs: { '': ['local', 'status'], local: ['up', '--help'], status: ['--json', '--help'] },
    options: ['--awspip-domain='],
  });
});

test('PowerShell hands on input, lists and an empty command line, and is no file of the folder one stands in', () => {
  const script = powerShellInit('/shims', ['/node', '/awspip.js'], words);
  expect(script.startsWith('\ufeff')).toBe(true);
  for (const name of ['pip', 'pip3', 'python', 'python3']) {
    const from = script.indexOf(`function global:${name} {`);
    const body = script.slice(from, script.indexOf('\n}', from));
    expect(body).toContain("-join ','");
    expect(body.match(/\$MyInvocation\.ExpectingInput\) \{ \$input \| & /g)).toHaveLength(
      name.startsWith('py') ? 2 : 1,
    );
  }
  expect(script).not.toContain('-m pip 2>');
});
