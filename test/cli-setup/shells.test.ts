import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { completionTable } from '../../src/cli/completion/completion-table.ts';
import { powerShellInit } from '../../src/cli/setup/powershell.ts';
import { readShells, removeFromShells, type ShellFiles, setUpShells } from '../../src/cli/setup/shell-setup.ts';
import { type Machine, shellsInUse, startFiles, startFilesToWrite } from '../../src/cli/setup/shells.ts';
import { shims } from '../../src/cli/setup/shims.ts';

const linux: Machine = { platform: 'linux', home: '/home/ann', environment: { SHELL: '/bin/zsh' } };
const table = completionTable(new Command('awspip'));

/** Returns files in memory. */
function disk(given: Readonly<Record<string, string>> = {}) {
  const contents = new Map(Object.entries(given));
  const files: ShellFiles = {
    starter: ['/opt/node', "/opt/ann's/awspip.js"],
    folder: '/home/ann/.local/share/awspip',
    exists: async (file) => [...contents.keys()].some((known) => known === file || known.startsWith(`${file}/`)),
    read: async (file) => contents.get(file),
    write: async (file, text) => void contents.set(file, text),
    remove: async (file) => void contents.delete(file),
  };
  return { contents, files };
}

describe('which shells', () => {
  test('the login shell, and those whose start file exists', async () => {
    const { files } = disk({ '/home/ann/.bashrc': '', '/home/ann/.config/fish/config.fish': '' });
    expect(await shellsInUse(linux, files.exists)).toEqual(['bash', 'zsh', 'fish']);
    expect(await shellsInUse({ ...linux, environment: {} }, disk().files.exists)).toEqual(['bash']);
    expect(await shellsInUse({ ...linux, platform: 'win32', environment: {} }, disk().files.exists)).toEqual([
      'powershell',
    ]);
  });

  test('ZDOTDIR and XDG_CONFIG_HOME decide where start files are', () => {
    expect(startFiles('zsh', { ...linux, environment: { ZDOTDIR: '/z' } })).toEqual([['/z/.zshrc']]);
    expect(startFiles('fish', { ...linux, environment: { XDG_CONFIG_HOME: '/c' } })).toEqual([
      ['/c/fish/conf.d/awspip.fish'],
    ]);
  });

  test('macOS: the existing file of login shells, because a new .bash_profile would hide it', async () => {
    const written = (given: Readonly<Record<string, string>>) =>
      startFilesToWrite('bash', { ...linux, platform: 'darwin' }, disk(given).files.exists);
    expect(await written({})).toEqual(['/home/ann/.bash_profile']);
    expect(await written({ '/home/ann/.profile': '' })).toEqual(['/home/ann/.profile']);
    expect(await written({ '/home/ann/.profile': '', '/home/ann/.bash_login': '' })).toEqual(['/home/ann/.bash_login']);
  });

  test('Windows: the profile of PowerShell, and other profiles if they exist', async () => {
    const profileIn = (folder: string) => `/home/ann/${folder}/Microsoft.PowerShell_profile.ps1`;
    const windows: Machine = { ...linux, platform: 'win32', environment: { OneDrive: '/home/ann/OneDrive' } };
    const written = (...there: string[]) =>
      startFilesToWrite('powershell', windows, disk(Object.fromEntries(there.map((file) => [file, '']))).files.exists);
    expect(await written()).toEqual([profileIn('Documents/PowerShell')]);
    const old = profileIn('Documents/WindowsPowerShell');
    const moved = profileIn('OneDrive/Documents/PowerShell');
    expect(await written(old, moved)).toEqual([profileIn('Documents/PowerShell'), old, moved]);
  });

  test('an unknown shell is an error that names it', () => {
    expect(readShells(['pwsh', 'zsh'])).toEqual(['powershell', 'zsh']);
    expect(() => readShells(['tcsh'])).toThrow('tcsh');
  });
});

describe('setup', () => {
  test('a second run changes nothing, and --remove restores everything', async () => {
    const before = { '/home/ann/.bashrc': 'alias x=y', '/home/ann/.zshrc': '' };
    const { contents, files } = disk(before);
    const all = ['bash', 'zsh', 'fish', 'powershell'] as const;
    await setUpShells(all, table, linux, files);
    const after = new Map(contents);
    expect(new Set((await setUpShells(all, table, linux, files)).map(({ what }) => what))).toEqual(
      new Set(['unchanged']),
    );
    expect(contents).toEqual(after);
    await removeFromShells([], linux, files);
    expect(Object.fromEntries(contents)).toEqual(before);
    expect(await removeFromShells([], linux, files)).toEqual([]);
  });

  test('a broken start file stops setup before it writes', async () => {
    const { contents, files } = disk({ '/home/ann/.bashrc': '# >>> awspip >>>\n' });
    await expect(setUpShells(['bash', 'zsh'], table, linux, files)).rejects.toThrow('.bashrc');
    expect([...contents.keys()]).toEqual(['/home/ann/.bashrc']);
  });

  test('Windows also gets batch files, with percent signs escaped', () => {
    const written = shims('win32', ['C:\\100%\\node.exe', 'C:\\awspip.js']);
    expect(written.map(({ name }) => name)).toEqual(['pip', 'pip3', 'pip.cmd', 'pip3.cmd']);
    expect(written[2]?.text).toBe('@echo off\r\n"C:\\100%%\\node.exe" "C:\\awspip.js" %*\r\n');
  });
});

test('PowerShell passes on input, lists and an empty command line, and runs no pip.py of the current folder', () => {
  const script = powerShellInit('/shims', ['/node', '/awspip.js'], table);
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
