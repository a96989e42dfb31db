import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findPip, requireSupportedPip } from '../../src/pip/find-pip.ts';

const root = mkdtempSync(join(tmpdir(), 'awspip-find-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function program(name: string, mode = 0o755): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

const one = program('one/python3');
const two = program('two/python');
const venv = program('venv/bin/python');
const awspip = program('awspip/bin/awspip.js');
program('plain/python3', 0o644);
mkdirSync(join(root, 'folder/python3'), { recursive: true });
mkdirSync(join(root, 'disguised'));
symlinkSync(awspip, join(root, 'disguised/python3'));

const path = (...folders: string[]) => folders.map((folder) => (folder === '' ? '' : join(root, folder))).join(':');
const find = (overrides: Partial<Parameters<typeof findPip>[0]>) =>
  findPip({ path: path('one', 'two'), ownPaths: [awspip], ...overrides });

describe('the pip to run', () => {
  test('belongs to python3 on PATH', async () => {
    expect(await find({})).toEqual({ command: [one, '-m', 'pip'], python: one, from: 'path' });
  });

  test('belongs to the active virtual environment first', async () => {
    expect(await find({ virtualEnv: join(root, 'venv') })).toMatchObject({ python: venv, from: 'virtual-environment' });
  });

  test('belongs to the requested Python before all, by path or by name', async () => {
    expect(await find({ python: two, virtualEnv: join(root, 'venv') })).toMatchObject({ python: two, from: 'option' });
    expect(await find({ python: 'python' })).toMatchObject({ python: two });
  });

  test('belongs to python without a python3', async () => {
    expect(await find({ path: path('two') })).toMatchObject({ python: two });
  });

  test('ignores folders, files that are not executable, awspip itself and the working directory', async () => {
    const folders = path('', 'folder', 'plain', 'disguised', 'one');
    expect(await find({ path: `.:${folders}` })).toMatchObject({ python: one });
  });

  test('ignores a removed virtual environment', async () => {
    expect(await find({ virtualEnv: join(root, 'gone') })).toMatchObject({ python: one });
  });

  test('belongs to the next Python on PATH when the first has no pip', async () => {
    expect(await find({ excludedPythons: [one] })).toMatchObject({ python: two });
  });
});

describe('findPip fails with a configuration error and a hint', () => {
  test.each([
    ['if no Python is on PATH', { path: '' }, 'no-python'],
    ['if the requested Python does not exist', { python: '/nowhere/python' }, 'no-python'],
    ['if the requested name is not on PATH', { python: 'python9' }, 'no-python'],
    ['if no Python has pip', { excludedPythons: [one, two] }, 'no-pip'],
    ['if the requested Python has no pip', { python: two, excludedPythons: [two] }, 'no-pip'],
    ['if the virtual environment has no pip', { virtualEnv: join(root, 'venv'), excludedPythons: [venv] }, 'no-pip'],
  ])('%s', async (_, overrides, code) => {
    await expect(find(overrides)).rejects.toMatchObject({ code, exit: 'configuration', hint: expect.any(String) });
  });
});

describe('a version of pip', () => {
  test.each(['20.3', '20.3.4', '21.0', '26.3.dev0', '23.0.1+dfsg', '100.0', '20.10'])('%s is supported', (version) => {
    expect(() => requireSupportedPip(version)).not.toThrow();
  });

  test.each(['20.2.4', '19.3.1', '9.0.1', '20', '', 'unknown', 'x20.3', '20.3333333'])(
    '%s is not supported',
    (version) => {
      expect(() => requireSupportedPip(version)).toThrow(/20\.3 or later/);
    },
  );

  test('the hint for an old one upgrades that of the chosen interpreter', () => {
    const old = () => requireSupportedPip('18.1', '/opt/python3.6/bin/python');
    const hint = expect.stringContaining('`/opt/python3.6/bin/python -m pip install --upgrade pip`');
    expect(old).toThrowError(expect.objectContaining({ hint }));
  });
});
