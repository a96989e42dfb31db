import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listDistributions } from '../../src/installers/installed-distributions.ts';
import { hasSameFiles, isSeeded } from '../../src/installers/seeded-distributions.ts';
import { wheel } from '../helpers/distributions.ts';

const record = (...rows: string[]) => rows.map((row) => `${row}\n`).join('');
const original = record(
  'pip/__init__.py,sha256=aaa,10',
  'pip-1.0.dist-info/METADATA,sha256=bbb,5',
  'pip-1.0.dist-info/RECORD,,',
);

test('installing adds scripts, compiled modules and notes to the files of a wheel', () => {
  const installed =
    original +
    record(
      '../../../bin/pip,sha256=ccc,100',
      'pip-1.0.dist-info/INSTALLER,sha256=ddd,4',
      'pip-1.0.dist-info/REQUESTED,sha256=eee,0',
      'pip/__pycache__/__init__.cpython-312.pyc,,',
      'pip-1.0.virtualenv,,',
    );
  expect(hasSameFiles(installed, original)).toBe(true);
});

test('another digest, a missing file or an additional module is another wheel', () => {
  expect(hasSameFiles(original.replace('aaa', 'xyz'), original)).toBe(false);
  expect(hasSameFiles(original.replace(/^pip\/.*\n/, ''), original)).toBe(false);
  expect(hasSameFiles(original + record('pip/evil.py,sha256=fff,1'), original)).toBe(false);
  expect(hasSameFiles(original + record('evil.pth,sha256=fff,1'), original)).toBe(false);
  expect(hasSameFiles('', '')).toBe(false);
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'awspip-seeds-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

/** A wheel of pip whose RECORD has a digest, and an environment in which it is installed. */
async function environment(digest: string, name = 'pip') {
  const rows = record(`${name}/__init__.py,sha256=${digest},9`, `${name}-1.0.dist-info/RECORD,,`);
  const site = 'v/lib/python3.12/site-packages';
  for (const [file, text] of Object.entries({
    METADATA: `Name: ${name}\nVersion: 1.0\n`,
    INSTALLER: 'pip',
    RECORD: rows,
  }))
    await write(`${site}/${name}-1.0.dist-info/${file}`, text);
  await write('v/pyvenv.cfg', `home = ${path.join(root, 'base', 'bin')}\nversion = 3.12.1\n`);
  const folder = path.join(root, site);
  const place = { folder, environment: path.join(root, 'v'), isSite: true };
  const [distribution] = await listDistributions(place, 0);
  if (distribution === undefined) throw new Error('not listed');
  return distribution;
}

const archive = (name = 'pip') =>
  wheel({
    name,
    version: '1.0',
    files: { [`${name}-1.0.dist-info/RECORD`]: '' },
  });

const search = (change = {}) => ({
  home: path.join(root, 'home'),
  environment: {},
  sites: [],
  prefixes: [],
  startedAt: Date.now() + 60_000,
  ...change,
});

test('a wheel without digests proves nothing, and other projects are never seeded', async () => {
  await write('base/lib/python3.12/ensurepip/_bundled/pip-1.0-py3-none-any.whl', archive().bytes);
  expect(await isSeeded(await environment('aaa'), search())).toBe(false);
  expect(await isSeeded(await environment('aaa', 'evil'), search())).toBe(false);
});

test("virtualenv's unpacked wheel is recognized by the digests of its files", async () => {
  const distribution = await environment('aaa');
  const image = 'data/wheel/3.12/image/1/CopyPipInstall/pip-1.0-py3-none-any/pip-1.0.dist-info/RECORD';
  const kept = search({ environment: { VIRTUALENV_OVERRIDE_APP_DATA: path.join(root, 'data') } });
  expect(await isSeeded(distribution, kept)).toBe(false);
  await write(image, record('pip/__init__.py,sha256=aaa,9'));
  expect(await isSeeded(distribution, kept)).toBe(true);
  await write(image, record('pip/__init__.py,sha256=other,9'));
  expect(await isSeeded(distribution, kept)).toBe(false);
});

test('a file that is not a wheel is passed over', async () => {
  const file = await write('base/lib/python3.12/ensurepip/_bundled/pip-1.0-py3-none-any.whl', 'not a zip file');
  await utimes(file, new Date(0), new Date(0));
  expect(await isSeeded(await environment('aaa'), search())).toBe(false);
});
