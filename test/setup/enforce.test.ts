import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closedIndex, endEnforcement, enforce, removeClosedIndex } from '../../src/cli/setup/enforce.ts';

let home: string;
let pipFile: string;
let uvFile: string;
const machine = () => ({ platform: 'linux' as const, home, environment: { XDG_CONFIG_DIRS: '/nowhere' } });
const index = 'file:///closed';

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'awspip-enforce-'));
  pipFile = path.join(home, '.config/pip/pip.conf');
  uvFile = path.join(home, '.config/uv/uv.toml');
  await mkdir(path.dirname(pipFile), { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const bytes = (file: string) => readFile(file).catch(() => undefined);
const enforceIndex = () => enforce(index, machine());

describe('without configuration files', () => {
  test('two are written and removed again', async () => {
    expect(await enforceIndex()).toEqual([
      { file: pipFile, what: 'written' },
      { file: uvFile, what: 'written' },
    ]);
    expect((await enforceIndex()).map(({ what }) => what)).toEqual(['unchanged', 'unchanged']);
    expect((await endEnforcement(machine())).map(({ what }) => what)).toEqual(['removed', 'removed']);
    expect([await bytes(pipFile), await bytes(uvFile)]).toEqual([undefined, undefined]);
    expect(await endEnforcement(machine())).toEqual([]);
  });
});

describe('a configuration file', () => {
  test.each([
    ['with Windows line ends', Buffer.from('[global]\r\nindex-url = https://a.example/\r\n# é')],
    ['that is empty', Buffer.alloc(0)],
    ['without a last line end', Buffer.from('[global]\ntimeout=3')],
    ['with a byte order mark', Buffer.from('\ufeff[global]\n')],
  ])('%s is restored byte for byte', async (_, before) => {
    await writeFile(pipFile, before);
    const enforced = await enforceIndex().catch(() => undefined);
    if (enforced !== undefined) {
      expect(await bytes(pipFile)).not.toEqual(before);
      await endEnforcement(machine());
    }
    expect(await bytes(pipFile)).toEqual(before);
  });

  test('of an older pip is enforced too', async () => {
    const older = path.join(home, '.pip/pip.conf');
    await mkdir(path.dirname(older));
    await writeFile(older, '[install]\nindex-url = https://a.example/\n');
    await enforceIndex();
    expect(await readFile(older, 'utf8')).not.toContain('a.example');
    await endEnforcement(machine());
    expect(await readFile(older, 'utf8')).toBe('[install]\nindex-url = https://a.example/\n');
  });

  test('stays a symbolic link', async () => {
    const dotfile = path.join(home, 'dotfiles.conf');
    await writeFile(dotfile, '[global]\ntimeout = 3\n');
    await symlink(dotfile, pipFile);
    await enforceIndex();
    await endEnforcement(machine());
    expect([await readlink(pipFile), await readFile(dotfile, 'utf8')]).toEqual([dotfile, '[global]\ntimeout = 3\n']);
  });

  test('that was changed since is kept under another name', async () => {
    await writeFile(pipFile, '[global]\ntimeout = 3\n');
    await enforceIndex();
    const changed = `${await readFile(pipFile, 'utf8')}\n[list]\nformat = json\n`;
    await writeFile(pipFile, changed);
    const done = await endEnforcement(machine());
    expect(done).toContainEqual({ file: `${pipFile}.changed`, what: 'written' });
    expect(await readFile(`${pipFile}.changed`, 'utf8')).toBe(changed);
    expect(await readFile(pipFile, 'utf8')).toBe('[global]\ntimeout = 3\n');
  });

  test.each([
    ['is not UTF-8', Buffer.from([0x5b, 0xff, 0x5d]), 'file-not-text'],
    ['that pip rejects', Buffer.from('index-url = x\n'), 'pip-configuration'],
  ])('that %s stays, and so does the other', async (_, before, code) => {
    await writeFile(pipFile, before);
    await expect(enforceIndex()).rejects.toMatchObject({ code, exit: 'configuration' });
    expect([await bytes(pipFile), await bytes(uvFile)]).toEqual([before, undefined]);
  });

  test('that was changed twice is not lost: an earlier copy must be moved away first', async () => {
    await enforceIndex();
    await writeFile(`${pipFile}.changed`, 'earlier');
    await writeFile(pipFile, `${await readFile(pipFile, 'utf8')}\n[list]\nformat = json\n`);
    await expect(endEnforcement(machine())).rejects.toMatchObject({ code: 'configuration-not-written' });
    expect(await readFile(`${pipFile}.changed`, 'utf8')).toBe('earlier');
  });

  test.each(['the folder is a file', 'the file is a folder'])(
    'that cannot be written is an error: %s',
    async (kind) => {
      await rm(path.dirname(uvFile), { recursive: true, force: true });
      if (kind === 'the folder is a file') await writeFile(path.dirname(uvFile), '');
      else await mkdir(uvFile, { recursive: true });
      await expect(enforceIndex()).rejects.toMatchObject({ exit: 'configuration' });
    },
  );

  test('is not replaced if the name for the original is taken', async () => {
    await writeFile(pipFile, '[global]\ntimeout = 3\n');
    await writeFile(`${pipFile}.before-awspip`, 'mine');
    await expect(enforceIndex()).rejects.toMatchObject({ code: 'configuration-kept' });
    expect(await readFile(`${pipFile}.before-awspip`, 'utf8')).toBe('mine');
  });
});

test('the closed index is a folder whose name says what to do', async () => {
  const folder = path.join(home, 'own');
  expect(await closedIndex(folder)).toMatch(/^file:.*\/own\/use-awspip-install$/);
  await removeClosedIndex(folder);
  expect(await readFile(folder).catch(({ code }) => code)).toBe('ENOENT');
});
