import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listDistributions } from '../../src/installers/installed-distributions.ts';
import { isSeeded } from '../../src/installers/seeded-distributions.ts';

const python = (...args: readonly string[]) => execFileSync('python3', args, { encoding: 'utf8' }).trim();
const [prefix = '', bundled = ''] = python(
  '-c',
  'import sys, os, ensurepip; print(sys.base_prefix); print(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"))',
).split('\n');
const wheels = (await readdir(bundled).catch(() => [])).filter((name) => name.startsWith('pip-'));

test.skipIf(wheels.length === 0)(
  "pip from the interpreter's own wheel is recognized, and a changed one is not",
  async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), 'awspip-bundled-'));
    try {
      const site = path.join(root, 'lib', 'python3', 'site-packages');
      await mkdir(site, { recursive: true });
      python('-m', 'zipfile', '-e', path.join(bundled, wheels[0] ?? ''), site);
      const [info = ''] = (await readdir(site)).filter((name) => name.endsWith('.dist-info'));
      await writeFile(path.join(site, info, 'INSTALLER'), 'pip\n');
      const [pip] = await listDistributions({ folder: site, environment: root, isSite: true }, 0);
      const search = { home: root, environment: {}, sites: [], prefixes: [prefix], startedAt: 0 };
      expect(pip?.release.name).toBe('pip');
      expect(pip && (await isSeeded(pip, search))).toBe(true);
      expect(pip && (await isSeeded(pip, { ...search, prefixes: [] }))).toBe(false);
      await appendFile(path.join(site, info, 'RECORD'), 'pip/added.py,sha256=abc,1\n');
      expect(pip && (await isSeeded(pip, search))).toBe(false);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
);
