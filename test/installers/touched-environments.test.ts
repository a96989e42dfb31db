import { mkdir, mkdtemp, readdir, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listDistributions, withoutVendored } from '../../src/installers/installed-distributions.ts';
import { projectNames } from '../../src/installers/project-names.ts';
import { sitesOf, walkForSites } from '../../src/installers/site-folders.ts';
import { interpreterOf, pathsIn, type RunFacts, touchedSites } from '../../src/installers/touched-environments.ts';

let root: string;
const inside = (...parts: string[]) => path.join(root, ...parts);

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'awspip-sites-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function file(name: string, text = ''): Promise<string> {
  await mkdir(path.dirname(inside(name)), { recursive: true });
  await writeFile(inside(name), text);
  return inside(name);
}

async function distribution(site: string, name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const info = `${site}/${name}-1.0.dist-info`;
  const all = {
    METADATA: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n\nName: body\n`,
    INSTALLER: 'pip\n',
    ...files,
  };
  for (const [entry, text] of Object.entries(all)) await file(`${info}/${entry}`, text);
  return inside(info);
}

const facts = (change: Partial<RunFacts> = {}): RunFacts => ({
  argv: ['/bin/sh', '-c', 'true'],
  folder: inside('project'),
  projects: [],
  programs: [],
  pythons: [],
  targets: [],
  home: inside('home'),
  environment: {},
  now: () => 0,
  prefixesOf: async () => [],
  ...change,
});
const site = 'lib/python3.12/site-packages';
/** The folders in this test's folder: the search also lists those of the system. */
const found = async (change: Partial<RunFacts> = {}) =>
  (await touchedSites(facts(change)))
    .map(({ folder }) => path.relative(root, folder))
    .filter((folder) => !folder.startsWith('..'))
    .sort();

test('environments of the project are found: virtual ones, of tox, nox and hatch, and `--target`', async () => {
  for (const environment of ['.venv', '.tox/py312', '.nox/tests', 'sub/.hatch/a', 'build/env']) {
    await distribution(`project/${environment}/${site}`, 'one');
    await file(`project/${environment}/pyvenv.cfg`);
    await file(`project/${environment}/CACHEDIR.TAG`);
  }
  await distribution('project/package', 'one');
  await distribution('project/node_modules/x', 'one');
  await distribution('project/.cache/uv/archive', 'one');
  await file('project/.cache/uv/CACHEDIR.TAG');
  expect(await found()).toEqual(
    [
      `project/.nox/tests/${site}`,
      `project/.tox/py312/${site}`,
      `project/.venv/${site}`,
      `project/build/env/${site}`,
      'project/package',
      `project/sub/.hatch/a/${site}`,
    ].sort(),
  );
});

test('a folder below the home folder is searched completely, the home folder itself only near its top', async () => {
  await distribution(`home/deep/a/b/c/d/${site}`, 'one');
  await distribution(`home/.venv/${site}`, 'one');
  await distribution(`home/.cache/x`, 'one');
  const home = inside('home');
  const walk = async (folder: string) =>
    (await walkForSites({ folder, home, now: () => 0 })).map((one) => path.relative(home, one.folder));
  expect(await walk(home)).toEqual([`.venv/${site}`]);
  expect(await walk(inside('home/deep'))).toEqual([`deep/a/b/c/d/${site}`]);
});

test('the search ends after its time', async () => {
  await distribution(`project/.venv/${site}`, 'one');
  let time = 0;
  const now = () => {
    time += 10_000;
    return time;
  };
  expect(await walkForSites({ folder: inside('project'), home: inside('home'), now })).toEqual([]);
});

test('environments elsewhere are found by what the command line, a script or a recorded program names', async () => {
  for (const environment of ['named', 'scripted', 'recorded', 'used', 'active']) {
    await distribution(`${environment}/v/${site}`, 'one');
    await file(`${environment}/v/pyvenv.cfg`);
  }
  await distribution('target', 'one');
  const script = await file('project/run.sh', `#!/bin/sh\n'${inside('scripted')}/v/bin/pip' install x\n`);
  const argv = ['/bin/sh', '-c', `cd ~; ${inside('named')}/v/bin/pip install --target=${inside('target')} x`];
  expect(await found({ argv })).toEqual([`named/v/${site}`, 'target']);
  expect(await found({ argv: ['/bin/sh', script] })).toEqual([`scripted/v/${site}`]);
  const recorded = { name: 'python3', program: '/bin/none', folder: inside('recorded'), args: ['-m', 'venv', 'v'] };
  expect(await found({ programs: [recorded] })).toEqual([`recorded/v/${site}`]);
  const used = { name: 'python3', program: inside('used/v/bin/python3'), folder: '/', args: [] };
  expect(await found({ programs: [used] })).toEqual([`used/v/${site}`]);
  expect(await found({ environment: { VIRTUAL_ENV: inside('active/v') } })).toEqual([`active/v/${site}`]);
});

test('the environments of pipx, uv and others are searched if the installer ran', async () => {
  await distribution(`home/.local/share/pipx/venvs/black/${site}`, 'one');
  await distribution(`home/.local/share/uv/tools/ruff/${site}`, 'one');
  await distribution(`home/.cache/pypoetry/virtualenvs/p-py3.12/${site}`, 'one');
  await distribution(`home/.local/share/hatch/env/virtual/p/HASH/p/${site}`, 'one');
  await distribution(`home/.local/${site}`, 'one');
  const own = `home/.local/${site}`;
  const ran = (name: string) => [{ name, program: `/bin/${name}`, folder: '/', args: [] }];
  expect(await found()).toEqual([own]);
  expect(await found({ programs: ran('pipx') })).toEqual([own, `home/.local/share/pipx/venvs/black/${site}`]);
  expect(await found({ argv: ['/opt/uv', 'tool', 'install', 'ruff'] })).toEqual([
    own,
    `home/.local/share/uv/tools/ruff/${site}`,
  ]);
  expect(await found({ programs: ran('poetry') })).toEqual([`home/.cache/pypoetry/virtualenvs/p-py3.12/${site}`, own]);
  expect(await found({ programs: ran('hatch') })).toEqual([
    own,
    `home/.local/share/hatch/env/virtual/p/HASH/p/${site}`,
  ]);
});

test('the interpreter of a version manager is asked for its prefix', async () => {
  await distribution(`versions/3.12/${site}`, 'one');
  const python = await file('manager/shims/python3');
  const prefixesOf = async (asked: string) => (asked === python ? [inside('versions/3.12')] : []);
  expect(await found({ pythons: [python], prefixesOf })).toEqual([`versions/3.12/${site}`]);
});

test("a prefix has the folders of an interpreter, but not dpkg's", async () => {
  for (const folder of [
    'lib/python3.12/site-packages',
    'local/lib/python3.11/dist-packages',
    'lib/python3/dist-packages',
  ])
    await distribution(`usr/${folder}`, 'one');
  await symlink('lib', inside('usr', 'lib64'));
  expect(new Set((await sitesOf(inside('usr'))).map(({ folder }) => path.relative(root, folder)))).toEqual(
    new Set(['usr/lib/python3.12/site-packages', 'usr/local/lib/python3.11/dist-packages']),
  );
});

test('distributions since the start are listed, with their origin', async () => {
  const folder = `v/${site}`;
  const old = await distribution(folder, 'old');
  const url = 'https://u:secret@elsewhere.example/New_One-1.0-py3-none-any.whl';
  await distribution(folder, 'New_One', { 'direct_url.json': JSON.stringify({ url, archive_info: {} }) });
  await file(`${folder}/legacy-2.0-py3.12.egg-info`, 'Name: legacy\nVersion: 2.0\n');
  await file(`${folder}/eggs-3.0-py3.12.egg/EGG-INFO/PKG-INFO`, 'Name: eggs\nVersion: 3.0\n');
  await file(`${folder}/broken-4.0.dist-info/INSTALLER`, 'pip');
  const place = { folder: inside(folder), environment: inside('v'), isSite: true };
  const listed = async (since: number) =>
    (await listDistributions(place, since)).map(({ release }) => `${release.name} ${release.version}`).sort();
  expect(await listed(0)).toEqual(['eggs 3.0', 'legacy 2.0', 'new-one 1.0', 'old 1.0']);
  await utimes(old, new Date(0), new Date(0));
  expect(await listed(Date.now() + 60_000)).toEqual([]);
  const [one] = (await listDistributions(place, 0)).filter(({ release }) => release.name === 'new-one');
  expect(one).toMatchObject({
    installer: 'pip',
    origin: 'https://****@elsewhere.example/New_One-1.0-py3-none-any.whl',
    release: { from: { kind: 'archive' } },
  });
});

test('outside of site-packages, metadata without an installer is that of a build', async () => {
  const info = await distribution('project/build', 'built');
  await rm(path.join(info, 'INSTALLER'));
  const place = { folder: inside('project/build'), environment: inside('project/build'), isSite: false };
  expect(await listDistributions(place, 0)).toEqual([]);
  expect(await listDistributions({ ...place, isSite: true }, 0)).toHaveLength(1);
  expect(await readdir(info)).toEqual(['METADATA']);
});

test.each([
  ['#!/opt/a/bin/python3.12\nimport x\n', '/opt/a/bin/python3.12'],
  ["#!/bin/sh\n'''exec' '/opt/a b/bin/python' \"$0\" \"$@\"\n' '''\n", undefined],
  ["#!/bin/sh\n'''exec' \"/opt/a b/bin/python\" \"$0\" \"$@\"\n' '''\n", '/opt/a b/bin/python'],
  ['#!/usr/bin/env python3\n', undefined],
  ['#!/bin/sh\necho\n', undefined],
])('the interpreter of %j is %s', async (text, expected) => {
  expect(await interpreterOf(await file('program', text))).toBe(expected);
});

test('paths of a text have their variables and `~` replaced', () => {
  const known = { home: '/home/u', environment: { OUT: '/out' } };
  const text = `cd ~/x && "$OUT/v/bin/pip" install --target=./t 'a b' $UNKNOWN/y`;
  expect(pathsIn(text, known)).toEqual(expect.arrayContaining(['/home/u/x', '/out/v/bin/pip', './t', '$UNKNOWN/y']));
  expect(pathsIn('venv', known)).toEqual([]);
  expect(pathsIn('venv', known, true)).toEqual(['venv']);
});

test('the names of the own projects come from every kind of project file', async () => {
  await file('a/pyproject.toml', '[project]\nname = "My_Project"\n');
  await file('b/pyproject.toml', '[tool.poetry]\nname = "poems"\n');
  await file('c/setup.cfg', '[options]\nname = wrong\n[metadata]\nversion = 1\nname = configured\n');
  await file('d/setup.py', "from setuptools import setup\nsetup(name='called', version='1')\n");
  await file('w/pyproject.toml', '[tool.uv.workspace]\nmembers = ["packages/*"]\n');
  await file('w/packages/m/pyproject.toml', '[project]\nname = "member"\n');
  const names = await projectNames(['a', 'b', 'c/sub', 'd', 'w'].map((name) => inside(name)));
  expect([...names].sort()).toEqual(['called', 'configured', 'member', 'my-project', 'poems']);
});

test('a distribution that another one contains is part of it, if its RECORD says so', async () => {
  const record = (name: string) => ({
    RECORD: `one/_vendor/${name}-1.0.dist-info/METADATA,sha256=x,1\r\none/a.py,,\n`,
  });
  await distribution('project/target', 'one', record('inner'));
  await distribution('project/target/one/_vendor', 'inner');
  await distribution('project/target/one/_vendor', 'smuggled');
  const sites = (await touchedSites(facts({ targets: [inside('project/target')] }))).filter(({ folder }) =>
    folder.startsWith(inside('project')),
  );
  const listed = (await Promise.all(sites.map((each) => listDistributions(each, 0)))).flat();
  expect(listed.map(({ release }) => release.name).sort()).toEqual(['inner', 'one', 'smuggled']);
  const own = await withoutVendored(listed);
  expect(own.map(({ release }) => release.name).sort()).toEqual(['one', 'smuggled']);
});
