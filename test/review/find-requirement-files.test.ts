import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { constraintFiles } from '../../src/review/constraint-files.ts';
import { findRequirementFiles, kindOfFile, searchLimits } from '../../src/review/find-requirement-files.ts';

let base: string;
let root: string;

const put = async (file: string, text = '') => {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), text);
};

beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'awspip-find-'));
  root = path.join(base, 'root');
  for (const file of [
    'requirements.txt',
    'a/requirements-dev.txt',
    'a/requirements/test.txt',
    'a/requirements/base.in',
    'a/requirements/compiled.in',
    'a/requirements/compiled.txt',
    'a/requirements/constraints.txt',
    'a/MANIFEST.in',
    'a/notes.txt',
    'b/pyproject.toml',
    'b/uv.lock',
    'b/pylock.ci.toml',
    'b/Pipfile.lock',
    '.git/requirements.txt',
    '.tox/py/requirements.txt',
    'node_modules/x/requirements.txt',
    'env/pyvenv.cfg',
    'env/requirements.txt',
    'one/two/three/requirements.txt',
  ])
    await put(file);
  await put('big/requirements.txt', 'x'.repeat(2_000));
  await writeFile(path.join(base, 'outside-requirements.txt'), 'x');
  await symlink(path.join(base, 'outside-requirements.txt'), path.join(root, 'linked-requirements.txt'));
  await symlink(base, path.join(root, 'loop'));
  await symlink(path.join(root, 'a'), path.join(root, 'other'));
});
afterAll(() => rm(base, { recursive: true }));

test('finds files of requirements, project files and lock files, and not what others installed', async () => {
  const { files, leftOut } = await findRequirementFiles(root, { ...searchLimits, maxBytes: 1_000 });
  expect(files.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
    'a/requirements-dev.txt requirements',
    'a/requirements/base.in requirements',
    'a/requirements/compiled.txt requirements',
    'a/requirements/test.txt requirements',
    'b/Pipfile.lock pipenv',
    'b/pylock.ci.toml pylock',
    'b/pyproject.toml pyproject',
    'b/uv.lock uv',
    'one/two/three/requirements.txt requirements',
    'requirements.txt requirements',
  ]);
  expect(leftOut).toEqual([{ file: 'big/requirements.txt', reason: expect.stringContaining('larger than') }]);
});

test.each([
  ['depth', { maxDepth: 1 }, 'too deep'],
  ['the number of folders', { maxFolders: 2 }, 'too many folders'],
  ['the number of files', { maxFiles: 1 }, 'too many files'],
])('the search is bounded in %s, and says so', async (_, limits, reason) => {
  const { leftOut } = await findRequirementFiles(root, { ...searchLimits, ...limits });
  expect(leftOut.map((each) => each.reason)).toContain(reason);
});

test.each([
  ['requirements.txt', 'a', 'requirements'],
  ['dev-requirements.txt', 'a', 'requirements'],
  ['requirements_test.in', 'a', 'requirements'],
  ['prod.txt', 'requirements', 'requirements'],
  ['README.txt', 'requirements', undefined],
  ['requirements-constraints.txt', 'a', undefined],
  ['MANIFEST.in', 'a', undefined],
  ['config.h.in', 'a', undefined],
  ['pylock.toml', 'a', 'pylock'],
  ['poetry.lock', 'a', 'poetry'],
  ['yarn.lock', 'a', undefined],
])('%s in %s is read as %s', (name, folder, kind) => {
  expect(kindOfFile(name, folder)).toBe(kind);
});

test('a file that another one names with -c is no file of requirements', async () => {
  await put('c/requirements.txt', '-c pins.txt\n  --constraint=more.txt # why\nfine\n# -c no.txt\n');
  const absolute = path.join(root, 'c/requirements.txt');
  const found = await constraintFiles([{ file: 'c/requirements.txt', absolute, kind: 'requirements' }]);
  expect([...found].map((file) => path.relative(root, file))).toEqual(['c/pins.txt', 'c/more.txt']);
});
