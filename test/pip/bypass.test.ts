import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAllowedInstall, isOwnProject } from '../../src/pip/bypass.ts';
import { localFiles } from '../../src/pip/files.ts';
import { isOpenLink, isOpenRepository, nothingOpen, parseOpenSources } from '../../src/pip/open-sources.ts';

let home: string;
const files = localFiles(os.tmpdir());
beforeAll(async () => {
  home = await realpath(await mkdtemp(path.join(os.tmpdir(), 'awspip-perimeter-')));
  for (const folder of ['work/repo/.git', 'work/repo/services/a', 'work/repo/libs/b', 'work/bare/sub', 'loads/evil']) {
    await mkdir(path.join(home, folder), { recursive: true });
  }
  await writeFile(path.join(home, 'work/repo/services/a/pyproject.toml'), '');
  await mkdir(path.join(home, '.git')); // dotfiles under version control
  await symlink(path.join(home, 'loads/evil'), path.join(home, 'work/repo/linked'));
  await symlink(path.join(home, 'work/repo'), path.join(home, 'shortcut'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const own = (target: string, folder: string, open = nothingOpen) =>
  isOwnProject(path.resolve(home, folder, target), { folder: path.join(home, folder), home, files, open });

describe('the own project', () => {
  test.each([
    ['.', 'work/repo'],
    ['services/a', 'work/repo'],
    ['../../libs/b', 'work/repo/services/a'],
    ['..', 'work/repo/services'],
    ['libs/b', 'shortcut'],
    ['sub', 'work/bare'],
    ['.', ''],
    ['.', 'loads/evil'],
  ])('%s seen from %s belongs to it', async (target, folder) => {
    expect(await own(target, folder)).toBe(true);
  });

  test.each([
    ['linked', 'work/repo', 'a link out of it'],
    ['../bare', 'work/repo', 'its neighbour'],
    ['..', 'work/repo', 'what it lies in'],
    ['loads/evil', '', 'what lies somewhere in home'],
    ['../repo', 'work/bare', 'another project'],
    ['/usr', '', 'the system'],
  ])('%s seen from %s does not: %s', async (target, folder) => {
    expect(await own(target, folder)).toBe(false);
  });

  test('of a command in the root of the disk is nothing but that', async () => {
    expect(await isOwnProject(home, { folder: '/', home, files })).toBe(false);
  });
});

describe('what is opened', () => {
  test('is folders and repositories; a slip, a relative path or the whole disk opens nothing', () => {
    expect(parseOpenSources('/opt/wheels/, git+https://git.example/team/ ,')).toEqual({
      folders: ['/opt/wheels/'],
      repositories: ['git+https://git.example/team/'],
    });
    for (const text of [
      'wheels',
      '/',
      'https://host/x',
      'git+https://host',
      'git+http://host/x',
      'git+file:///x',
      '~/x',
    ]) {
      expect(parseOpenSources(text), text).toBeUndefined();
    }
  });

  test.each([
    ['git+https://git.example/team/x', true],
    ['git+https://git.example/team/x.git@v1#egg=x', true],
    ['git+https://git.example/one.git', true],
    ['git+https://git.example/one.git@v1', true],
    ['git+https://git.example/one.git/sub', true],
    ['git+https://git.example/one.gitty', false],
    ['git+https://git.example/teams/x', false],
    ['git+https://git.example/team/../evil', false],
    ['git+https://git.example/team/%2E%2e/evil', false],
    ['git+https://git.example.evil/team/x', false],
    ['git+https://git.example@evil/team/x', false],
    ['git+http://git.example/team/x', false],
    ['git+ssh://git.example/team/x', false],
    ['https://git.example/team/x', false],
    ['git+https://git.example/team/x#subdirectory=python', true],
    ['git+https://git.example/team/x#egg=x&subdirectory=../../evil', false],
    ['git+https://git.example/team/x#subdirectory=/evil', false],
  ])('%s: %s', (address, expected) => {
    const open = parseOpenSources('git+https://git.example/team/,git+https://git.example/one.git') ?? nothingOpen;
    expect(isOpenRepository(address, open)).toBe(expected);
  });

  test('as a folder of links, from home where pip looks there', async () => {
    const open = parseOpenSources(`${home}/loads`) ?? nothingOpen;
    const ports = { folder: path.join(home, 'work'), home, files, open };
    const opened = (value: string, where = 'argument') => isOpenLink(value, where, ports);
    expect(await opened(`${home}/loads`)).toBe(true);
    expect(await opened('~/loads')).toBe(true);
    expect(await opened('../loads')).toBe(true);
    expect(await opened('~/work')).toBe(false);
    expect(await opened('~/absent')).toBe(false);
    expect(await opened('~root/loads')).toBe(false);
    expect(await opened('~/loads', 'requirements.txt:1')).toBe(false);
  });

  test('counts for what landed as for what is asked for', async () => {
    const open = parseOpenSources(`${home}/loads,git+https://git.example/team/`) ?? nothingOpen;
    const ports = { folder: path.join(home, 'work/repo'), home, files, open };
    const allowed = (from: Parameters<typeof isAllowedInstall>[0]) => isAllowedInstall(from, ports);
    expect(await allowed({ kind: 'local-file', path: path.join(home, 'loads/x.whl') })).toBe(true);
    expect(await allowed({ kind: 'folder', path: path.join(home, 'loads/evil') })).toBe(true);
    expect(await allowed({ kind: 'folder', path: path.join(home, 'work/repo/libs/b') })).toBe(true);
    expect(await allowed({ kind: 'repository', address: 'git+https://git.example/team/x' })).toBe(true);
    expect(await allowed({ kind: 'local-file', path: path.join(home, 'work/repo/x.whl') })).toBe(false);
    expect(await allowed({ kind: 'local-file' })).toBe(false);
    expect(await allowed({ kind: 'folder', path: path.join(home, 'work/bare') })).toBe(false);
    expect(await allowed({ kind: 'repository', address: 'git+https://git.example/x' })).toBe(false);
    expect(await allowed({ kind: 'archive' })).toBe(false);
    expect(await allowed({ kind: 'unsaid' })).toBe(false);
  });
});
