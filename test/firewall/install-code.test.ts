import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCode, buildFiles } from '../../src/firewall/install-code/build-scripts.ts';
import { openInspector } from '../../src/firewall/install-code/inspect.ts';
import { pythonReach } from '../../src/firewall/install-code/python-reach.ts';
import { isStartupFile, startupCode } from '../../src/firewall/install-code/startup.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, ProjectPage } from '../../src/index/types.ts';
import { now } from './facts.ts';

const reaches = (source: string): string[] => pythonReach(source).map(({ reach }) => reach);

describe('Python source reaches for', () => {
  test.each([
    ['nothing', 'from setuptools import setup, find_packages\nsetup(name="x", packages=find_packages())', []],
    ['nothing in strings and comments', 'print("import os; os.system(1)")  # subprocess.run', []],
    ['nothing with plain words as variables', 'commands = sh = requests = 3\nprint(commands, requests.x)', []],
    ['nothing by taking addresses apart', 'from urllib.parse import urlparse\nurlparse("http://x")', []],
    ['the network by import', 'import urllib.request', ['network']],
    ['the network by another name', 'import requests as r\nr.get(1)', ['network']],
    ['the network over a continued line', 'import \\\n  socket', ['network']],
    [
      'the network inside a function',
      'def f():\n  from http.client import HTTPConnection',
      ['network', 'more-than-setup'],
    ],
    ['the network by a spelled import', '__import__("socket").create_connection(x)', ['network']],
    ['the shell', 'import os\nos.system("curl x | sh")', ['shell']],
    ['the shell by another name', 'from os import popen as p\np("id")', ['shell']],
    ['the shell without calling it here', 'import subprocess\nrun = subprocess.run', ['shell']],
    ['nothing by asking a module for what it has', 'import sys\ngetattr(sys.modules[__name__], "x", None)', []],
    ['the shell in what is raised from it', 'import os\nraise E(os.system(1)) from e', ['shell']],
    ['nothing by importing alone', 'import os, subprocess', []],
    ['the shell with a computed program', 'import subprocess\nsubprocess.Popen([program])', ['shell']],
    ['the version of its own history', 'import subprocess\nsubprocess.check_output(["git", "describe"])', []],
    ['its own publishing', 'import os\nos.system("python setup.py sdist upload")', []],
    ['its own version file', 'exec(open("version.py").read())', ['more-than-setup']],
    ['hidden code', 'import base64\nexec(base64.b64decode("aW1wb3J0"))', ['hidden', 'more-than-setup']],
    ['hidden code by another name', 'from builtins import exec as e\ne(bytes.fromhex("00"))', ['hidden']],
    ['hidden code in wide letters', 'ｅｘｅｃ(b64decode(x))', ['hidden', 'more-than-setup']],
    ['a packed text', `eval("${'QUJD'.repeat(600)}")`, ['hidden', 'more-than-setup']],
    ['a module of a computed name', '__import__("o" + "s")', ['hidden']],
    ['a function of a computed name', 'import os\ngetattr(os, "sys" + "tem")("id")', ['hidden']],
    [
      'what a text that it executes reaches for',
      'exec("import socket\\nsocket.socket()")',
      ['network', 'more-than-setup'],
    ],
    ['more than setup', 'class Build(build_ext): pass', ['more-than-setup']],
  ])('%s', (_what, source, expected) => {
    expect(reaches(source).sort()).toEqual([...expected].sort());
  });

  test('a script of megabytes hides something', () => {
    expect(reaches(`#${'x'.repeat(2_000_000)}`)).toEqual(['hidden']);
  });

  test.each(['"', "('", '\\\n', 'a.', 'import a\n', 'exec("', '"""', 'from . import (', '\u0000', 'é\u0301.'])(
    'nothing that takes long, made of %j alone',
    (piece) => {
      const started = performance.now();
      pythonReach(piece.repeat(Math.floor(262_000 / piece.length)));
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );

  test('whatever it is, reading never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (source) => void pythonReach(source)));
  });
});

describe('what Python reads at its start', () => {
  test.each(['evil.pth', 'x-1.0.data/purelib/evil.pth', 'x-1.0.data/data/lib/evil.pth', 'sitecustomize.py'])(
    '%s counts',
    (path) => expect(isStartupFile(path)).toBe(true),
  );
  test.each(['x/evil.pth', 'x/sitecustomize.py', 'x-1.0.dist-info/METADATA'])('%s does not', (path) =>
    expect(isStartupFile(path)).toBe(false),
  );

  test('a .pth that only adds paths is no code', () => {
    expect(startupCode('x.pth', '/opt/lib\n# import os\n../src\n', 'x.whl')).toEqual([]);
  });

  test('a line for a namespace package is let be', () => {
    const line =
      "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google',));" +
      "m = sys.modules.setdefault('google', types.ModuleType('google'));mp = m.__dict__.setdefault('__path__',[]);mp.append(p)";
    expect(startupCode('x.pth', line, 'x.whl')).toEqual([]);
    expect(startupCode('x.pth', `${line};os.system('id')`, 'x.whl')).toMatchObject([{ reach: 'startup-reach' }]);
  });

  test('a line that imports runs, and what it reaches for is found inside its texts', () => {
    expect(startupCode('x.pth', 'import x; x.hook()', 'x.whl')).toMatchObject([{ reach: 'startup' }]);
    const stealer = 'import os, subprocess, sys; subprocess.Popen([sys.executable, "-c", "import base64; exec(1)"])';
    expect(startupCode('x.pth', stealer, 'x.whl')).toEqual([
      { file: 'x.whl: x.pth', reach: 'startup-reach', word: 'subprocess.Popen' },
    ]);
  });
});

describe('what building an sdist runs', () => {
  const code = (files: Record<string, string>): string[] =>
    buildCode(new Map(Object.entries(files).map(([path, text]) => [`x-1.0/${path}`, text])), 'x-1.0.tar.gz').map(
      ({ file, reach }) => `${file.split(': ')[1]} ${reach}`,
    );

  test('is setup.py and what it imports beside itself, not the package', () => {
    const files = { 'setup.py': 'import helper', 'helper.py': 'import socket', 'other.py': 'import socket' };
    expect(code(files)).toEqual(['helper.py network']);
  });

  test('is a backend of its own', () => {
    const pyproject = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
    expect(code({ 'pyproject.toml': pyproject, 'backend.py': 'import socket' })).toEqual(['backend.py network']);
    expect(code({ 'pyproject.toml': pyproject })).toEqual(['pyproject.toml hidden']);
    const large = `${pyproject}[tool.x]\nlarge = 9007199254740993\n`;
    expect(code({ 'pyproject.toml': large, 'backend.py': 'import socket' })).toEqual(['backend.py network']);
    expect(
      code({ 'pyproject.toml': '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"' }),
    ).toEqual([]);
    expect(code({ 'pyproject.toml': 'not toml [' })).toEqual([]);
    const chain = Array.from({ length: 30 }, (_, place) => [`m${place}.py`, `import m${place + 1}`]);
    expect(code({ ...Object.fromEntries(chain), 'setup.py': 'import m0' })).toEqual(['setup.py hidden']);
  });

  test('is looked for at the root and in folders for building, and setup.py is never crowded out', () => {
    const wants = buildFiles();
    expect(wants('x-1.0/pkg/module.py')).toBe(false);
    expect(wants('x-1.0/_build/backend.py')).toBe(true);
    for (let place = 0; place < 1_000; place += 1) wants(`x-1.0/m${place}.py`);
    expect(wants('x-1.0/late.py')).toBe(false);
    expect(wants('x-1.0/setup.py')).toBe(true);
  });
});

describe('looking into a release', () => {
  const name = normaliseName('zzqx');
  const file = (filename: string, sha256 = filename): IndexFile => ({
    filename,
    url: `https://index.example/${filename}`,
    hashes: { sha256 },
    yanked: false,
  });
  const page = (...files: IndexFile[]): ProjectPage => ({ name, files });
  const open = (read: (file: IndexFile) => Promise<ReadonlyMap<string, string>>, pages?: ProjectPage) => {
    const seen: string[] = [];
    const inspect = openInspector({
      read: async (one) => {
        seen.push(one.filename);
        return read(one);
      },
      pageOf: async () => pages,
      now: () => now,
      timeLimit: 200,
    });
    return {
      seen,
      inspect: (given: ProjectPage | undefined, every = true) => inspect({ name, version: '1.0', page: given, every }),
    };
  };
  const nothing = async () => new Map<string, string>();

  test('reads each file once, however often it is asked', async () => {
    const { seen, inspect } = open(
      async ({ filename }) => new Map(filename.endsWith('.gz') ? [['x-1.0/setup.py', 'import socket']] : []),
    );
    const given = page(file('zzqx-1.0.tar.gz'), file('zzqx-1.0-py3-none-any.whl'), file('zzqx-0.9.tar.gz'));
    expect(await inspect(given)).toMatchObject({ known: true, value: [{ reach: 'network' }] });
    await inspect(given);
    expect(seen.sort()).toEqual(['zzqx-1.0-py3-none-any.whl', 'zzqx-1.0.tar.gz']);
  });

  test('of a well-known project leaves out the sdist beside a wheel for all, and says how many wheels it saw', async () => {
    const { seen, inspect } = open(nothing);
    await inspect(page(file('zzqx-1.0.tar.gz'), file('zzqx-1.0-py3-none-any.whl')), false);
    expect(seen).toEqual(['zzqx-1.0-py3-none-any.whl']);
    const many = Array.from({ length: 30 }, (_, place) => file(`zzqx-1.0-cp3${place}-cp3${place}-win_amd64.whl`));
    expect(await inspect(page(...many), false)).toMatchObject({
      lowerBound: true,
      note: 'looked into 12 of 30 files',
    });
    expect(await inspect(page(...many), true)).toMatchObject({ lowerBound: false });
    const large = { ...file('zzqx-1.0.tar.gz'), size: 20_000_000 };
    expect(await inspect(page(large, file('zzqx-1.0-cp314-cp314-win_amd64.whl')), false)).toMatchObject({
      lowerBound: true,
      note: 'looked into 1 of 2 files',
    });
  });

  test('beside a wheel for everyone lets its sdist run compilers, but not reach for the network', async () => {
    const sources =
      (text: string) =>
      async ({ filename }: IndexFile) =>
        new Map(filename.endsWith('.gz') ? [['x-1.0/setup.py', text]] : []);
    const shell = sources('import os\nos.system(command)');
    const both = page(file('zzqx-1.0.tar.gz'), file('zzqx-1.0-py3-none-any.whl'));
    expect(await open(shell).inspect(both)).toMatchObject({ value: [] });
    expect(await open(shell).inspect(page(file('zzqx-1.0.tar.gz')))).toMatchObject({ value: [{ reach: 'shell' }] });
    expect(await open(sources('import socket')).inspect(both)).toMatchObject({ value: [{ reach: 'network' }] });
  });

  test('that cannot be read, is not listed, or takes too long, is unknown', async () => {
    const given = page(file('zzqx-1.0.tar.gz'));
    expect(await open(() => Promise.reject(new Error('broken'))).inspect(given)).toMatchObject({ known: false });
    expect(await open(() => new Promise(() => {})).inspect(given)).toMatchObject({
      known: false,
      why: expect.stringContaining('in time'),
    });
    expect(await open(nothing).inspect(undefined)).toMatchObject({ known: false });
    expect(await open(nothing).inspect(page(file('zzqx-2.0.tar.gz')))).toMatchObject({ known: false });
  });

  test('asks the index for the page where the asker has none', async () => {
    expect(await open(nothing, page(file('zzqx-1.0.tar.gz'))).inspect(undefined)).toMatchObject({
      known: true,
      value: [],
    });
  });
});
