import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import {
  isAllowedLink,
  isAllowedRepository,
  noAllowedSources,
  parseAllowedSources,
} from '../../src/pip/allowed-sources.ts';
import { isAllowedInstall, isOwnProject, unvettedOptions, unvettedTarget } from '../../src/pip/bypass.ts';
import { localFiles } from '../../src/pip/files.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import type { InstalledRelease } from '../../src/pip/installed-release.ts';
import { readTarget } from '../../src/pip/targets.ts';

const release = { name: normaliseName('x'), version: '1', file: 'x 1' };

let home: string;
const files = localFiles(os.tmpdir());
beforeAll(async () => {
  home = await realpath(await mkdtemp(path.join(os.tmpdir(), 'awspip-bypass-')));
  for (const folder of ['work/repo/.git', 'work/repo/services/a', 'work/repo/libs/b', 'work/bare/sub', 'loads/evil']) {
    await mkdir(path.join(home, folder), { recursive: true });
  }
  await writeFile(path.join(home, 'work/repo/services/a/pyproject.toml'), '');
  await mkdir(path.join(home, '.git')); // dotfiles under version control
  await symlink(path.join(home, 'loads/evil'), path.join(home, 'work/repo/linked'));
  await symlink(path.join(home, 'work/repo'), path.join(home, 'shortcut'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const isOwn = (target: string, folder: string, allowed = noAllowedSources) =>
  isOwnProject(path.resolve(home, folder, target), { folder: path.join(home, folder), home, files, allowed });

describe("the user's own project", () => {
  test.each([
    ['.', 'work/repo'],
    ['services/a', 'work/repo'],
    ['../../libs/b', 'work/repo/services/a'],
    ['..', 'work/repo/services'],
    ['libs/b', 'shortcut'],
    ['sub', 'work/bare'],
    ['.', ''],
    ['.', 'loads/evil'],
  ])('includes %s seen from %s', async (target, folder) => {
    expect(await isOwn(target, folder)).toBe(true);
  });

  test.each([
    ['linked', 'work/repo', 'a link out of it'],
    ['../bare', 'work/repo', 'its neighbour'],
    ['..', 'work/repo', 'its parent folder'],
    ['loads/evil', '', 'another folder in home'],
    ['../repo', 'work/bare', 'another project'],
    ['/usr', '', 'the system'],
  ])('excludes %s seen from %s: %s', async (target, folder) => {
    expect(await isOwn(target, folder)).toBe(false);
  });

  test('is only the root folder for a command in the root folder', async () => {
    expect(await isOwnProject(home, { folder: '/', home, files })).toBe(false);
  });
});

describe('allowed sources', () => {
  test('are folders and repositories; a typo, a relative path or the root folder is rejected', () => {
    expect(parseAllowedSources('/opt/wheels/, git+https://git.example/team/ ,')).toEqual({
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
      expect(parseAllowedSources(text), text).toBeUndefined();
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
  ])('%s: %s', (url, expected) => {
    const allowed =
      parseAllowedSources('git+https://git.example/team/,git+https://git.example/one.git') ?? noAllowedSources;
    expect(isAllowedRepository(url, allowed)).toBe(expected);
  });

  test('include folders of links, relative to home where pip looks there', async () => {
    const allowed = parseAllowedSources(`${home}/loads`) ?? noAllowedSources;
    const ports = { folder: path.join(home, 'work'), home, files, allowed };
    const isAllowed = (value: string, where = 'argument') => isAllowedLink(value, where, ports);
    expect(await isAllowed(`${home}/loads`)).toBe(true);
    expect(await isAllowed('~/loads')).toBe(true);
    expect(await isAllowed('../loads')).toBe(true);
    expect(await isAllowed('~/work')).toBe(false);
    expect(await isAllowed('~/absent')).toBe(false);
    expect(await isAllowed('~root/loads')).toBe(false);
    expect(await isAllowed('~/loads', 'requirements.txt:1')).toBe(false);
  });

  test('apply to installed releases as to requested ones', async () => {
    const allowed = parseAllowedSources(`${home}/loads,git+https://git.example/team/`) ?? noAllowedSources;
    const ports = { folder: path.join(home, 'work/repo'), home, files, allowed };
    const isAllowed = (from: InstalledRelease['from']) => isAllowedInstall({ ...release, from }, ports);
    expect(await isAllowed({ kind: 'local-file', path: path.join(home, 'loads/x.whl') })).toBe(true);
    expect(await isAllowed({ kind: 'folder', path: path.join(home, 'loads/evil') })).toBe(true);
    expect(await isAllowed({ kind: 'folder', path: path.join(home, 'work/repo/libs/b') })).toBe(true);
    expect(await isAllowed({ kind: 'repository', url: 'git+https://git.example/team/x' })).toBe(true);
    expect(await isAllowed({ kind: 'local-file', path: path.join(home, 'work/repo/x.whl') })).toBe(false);
    expect(await isAllowed({ kind: 'local-file' })).toBe(false);
    expect(await isAllowed({ kind: 'folder', path: path.join(home, 'work/bare') })).toBe(false);
    expect(await isAllowed({ kind: 'repository', url: 'git+https://git.example/x' })).toBe(false);
    expect(await isAllowed({ kind: 'archive' })).toBe(false);
    expect(await isAllowed({ kind: 'unknown' })).toBe(false);
  });

  test('include installed releases without an origin, if an allowed folder has a file of them', async () => {
    await mkdir(path.join(home, 'wheels/linux'), { recursive: true });
    await writeFile(path.join(home, 'wheels/linux/other_x-1.0-py3-none-any.whl'), '');
    const isAllowed = (version: string, folders: string) => {
      const allowed = parseAllowedSources(folders) ?? noAllowedSources;
      const installed = { ...release, name: normaliseName('other-x'), version, from: { kind: 'unknown' } } as const;
      return isAllowedInstall(installed, { folder: home, home, files, allowed });
    };
    expect(await isAllowed('1.0', `${home}/wheels`)).toBe(true);
    expect(await isAllowed('1.1', `${home}/wheels`)).toBe(false);
    expect(await isAllowed('1.0', `${home}/loads`)).toBe(false);
  });
});

describe('what is printed to allow a source', () => {
  const options = async (...argv: string[]) => {
    const ports = { folder: path.join(home, 'work/bare'), home, files };
    const [source] = await unvettedOptions(parsePipArguments(['install', ...argv]), ports);
    return source?.allowedBy;
  };
  const target = async (text: string) => {
    const folder = path.join(home, 'work/bare');
    return (await unvettedTarget(await readTarget(text, folder, files.kindOf), 'argument', { folder, home, files }))
      ?.allowedBy;
  };

  test('is the real folder, which is then accepted', async () => {
    await symlink(path.join(home, 'loads'), path.join(home, 'link'));
    expect(await options('--find-links', '../../link')).toBe(`${home}/loads`);
    expect(await options('--find-links', '~/loads')).toBe(`${home}/loads`);
    expect(await target('../../link/evil')).toBe(`${home}/loads/evil`);
    expect(await target(`${home}/link/x-1.0-py3-none-any.whl`)).toBe(`${home}/link`);
    expect(await target('git+https://git.example/team/x@v1#egg=x')).toBe('git+https://git.example/team/x');
  });

  test.each([
    ['--find-links', 'https://elsewhere.example/'],
    ['--find-links', 'file:///opt/wheels'],
    ['--find-links', '/'],
    ['--find-links', '../absent'],
    ['--find-links', '~root/wheels'],
  ])('is nothing for %s %s, which nothing allows', async (...argv) => {
    expect(await options(...argv)).toBeUndefined();
  });

  test.each(['hg+https://git.example/x', 'git+http://git.example/x', 'git+https://user:secret@git.example/x'])(
    'is nothing for %s',
    async (address) => {
      expect(await target(address)).toBeUndefined();
    },
  );
});
