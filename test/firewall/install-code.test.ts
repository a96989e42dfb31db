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

describe('pythonReach', () => {
  test.each([
    [
      'a plain setup script',
      'from setuptools import setup, find_packages\nsetup(name="x", packages=find_packages())',
      [],
    ],
    ['strings and comments', 'print("import os; os.system(1)")  # subprocess.run', []],
    ['variables named like network modules', 'commands = sh = requests = 3\nprint(commands, requests.x)', []],
    ['a URL parser', 'from urllib.parse import urlparse\nurlparse("http://x")', []],
    ['a network import', 'import urllib.request', ['network']],
    ['a network import with an alias', 'import requests as r\nr.get(1)', ['network']],
    ['a network import on a continued line', 'import \\\n  socket', ['network']],
    [
      'a network import inside a function',
      'def f():\n  from http.client import HTTPConnection',
      ['network', 'more-than-setup'],
    ],
    ['a network import by `__import__`', '__import__("socket").create_connection(x)', ['network']],
    ['a shell command', 'import os\nos.system("curl x | sh")', ['shell']],
    ['a shell command with an alias', 'from os import popen as p\np("id")', ['shell']],
    ['a shell function that is not called here', 'import subprocess\nrun = subprocess.run', ['shell']],
    ['getattr with a literal name', 'import sys\ngetattr(sys.modules[__name__], "x", None)', []],
    ['a shell command in a raise statement', 'import os\nraise E(os.system(1)) from e', ['shell']],
    ['a shell module that is only imported', 'import os, subprocess', []],
    ['a computed shell command', 'import subprocess\nsubprocess.Popen([program])', ['shell']],
    ['the version from git', 'import subprocess\nsubprocess.check_output(["git", "describe"])', []],
    ['publish commands', 'import os\nos.system("python setup.py sdist upload")', []],
    ['exec of a version file', 'exec(open("version.py").read())', ['more-than-setup']],
    ['exec of decoded code', 'import base64\nexec(base64.b64decode("aW1wb3J0"))', ['hidden', 'more-than-setup']],
    ['exec of decoded code with an alias', 'from builtins import exec as e\ne(bytes.fromhex("00"))', ['hidden']],
    ['exec in full-width letters', 'ｅｘｅｃ(b64decode(x))', ['hidden', 'more-than-setup']],
    ['eval of a packed text', `eval("${'QUJD'.repeat(600)}")`, ['hidden', 'more-than-setup']],
    ['an import of a computed name', '__import__("o" + "s")', ['hidden']],
    ['getattr with a computed name', 'import os\ngetattr(os, "sys" + "tem")("id")', ['hidden']],
    ['exec of a literal text', 'exec("import socket\\nsocket.socket()")', ['network', 'more-than-setup']],
    ['a class', 'class Build(build_ext): pass', ['more-than-setup']],
  ])('%s', (_description, source, expected) => {
    expect(reaches(source).sort()).toEqual([...expected].sort());
  });

  test('a script of several megabytes counts as hidden code', () => {
    expect(reaches(`#${'x'.repeat(2_000_000)}`)).toEqual(['hidden']);
  });

  test.each(['"', "('", '\\\n', 'a.', 'import a\n', 'exec("', '"""', 'from . import (', '\u0000', 'é\u0301.'])(
    'a source of repeated %j takes linear time',
    (piece) => {
      const started = performance.now();
      pythonReach(piece.repeat(Math.floor(262_000 / piece.length)));
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (source) => void pythonReach(source)));
  });
});

describe('startup files', () => {
  test.each(['evil.pth', 'x-1.0.data/purelib/evil.pth', 'x-1.0.data/data/lib/evil.pth', 'sitecustomize.py'])(
    '%s is a startup file',
    (path) => expect(isStartupFile(path)).toBe(true),
  );
  test.each(['x/evil.pth', 'x/sitecustomize.py', 'x-1.0.dist-info/METADATA'])('%s is not a startup file', (path) =>
    expect(isStartupFile(path)).toBe(false),
  );

  test('a .pth file that only adds paths has no findings', () => {
    expect(startupCode('x.pth', '/opt/lib\n# import os\n../src\n', 'x.whl')).toEqual([]);
  });

  test('the line of a namespace package has no finding, unless it does more', () => {
    const line =
      "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google',));" +
      "m = sys.modules.setdefault('google', types.ModuleType('google'));mp = m.__dict__.setdefault('__path__',[]);mp.append(p)";
    expect(startupCode('x.pth', line, 'x.whl')).toEqual([]);
    expect(startupCode('x.pth', `${line};os.system('id')`, 'x.whl')).toMatchObject([{ reach: 'startup-reach' }]);
  });

  test('an import line is a finding, and string literals in it are analysed', () => {
    expect(startupCode('x.pth', 'import x; x.hook()', 'x.whl')).toMatchObject([{ reach: 'startup' }]);
    const stealer = 'import os, subprocess, sys; subprocess.Popen([sys.executable, "-c", "import base64; exec(1)"])';
    expect(startupCode('x.pth', stealer, 'x.whl')).toEqual([
      { file: 'x.whl: x.pth', reach: 'startup-reach', word: 'subprocess.Popen' },
    ]);
  });
});

describe('the build code of an sdist', () => {
  const code = (files: Record<string, string>): string[] =>
    buildCode(new Map(Object.entries(files).map(([path, text]) => [`x-1.0/${path}`, text])), 'x-1.0.tar.gz').map(
      ({ file, reach }) => `${file.split(': ')[1]} ${reach}`,
    );

  test('includes setup.py and the modules it imports, not the package', () => {
    const files = { 'setup.py': 'import helper', 'helper.py': 'import socket', 'other.py': 'import socket' };
    expect(code(files)).toEqual(['helper.py network']);
  });

  test('includes an in-tree build backend', () => {
    const pyproject = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
    expect(code({ 'pyproject.toml': pyproject, 'backend.py': 'import socket' })).toEqual(['backend.py network']);
    expect(code({ 'pyproject.toml': pyproject })).toEqual(['pyproject.toml hidden']);
    const large = `${pyproject}[tool.x]\nlarge = 9007199254740993\n`;
    expect(code({ 'pyproject.toml': large, 'backend.py': 'import socket' })).toEqual(['backend.py network']);
    expect(
      code({ 'pyproject.toml': '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"' }),
    ).toEqual([]);
    expect(code({ 'pyproject.toml': 'not toml [' })).toEqual([]);
    const chain = Array.from({ length: 30 }, (_, index) => [`m${index}.py`, `import m${index + 1}`]);
    expect(code({ ...Object.fromEntries(chain), 'setup.py': 'import m0' })).toEqual(['setup.py hidden']);
  });

  test('is searched at the root and in build folders, up to a limit that never excludes setup.py', () => {
    const isSelected = buildFiles();
    expect(isSelected('x-1.0/pkg/module.py')).toBe(false);
    expect(isSelected('x-1.0/_build/backend.py')).toBe(true);
    for (let index = 0; index < 1_000; index += 1) isSelected(`x-1.0/m${index}.py`);
    expect(isSelected('x-1.0/late.py')).toBe(false);
    expect(isSelected('x-1.0/setup.py')).toBe(true);
  });
});

describe('an inspection', () => {
  const name = normaliseName('zzqx');
  const file = (filename: string, sha256 = filename): IndexFile => ({
    filename,
    url: `https://index.example/${filename}`,
    hashes: { sha256 },
    yanked: false,
  });
  const page = (...files: IndexFile[]): ProjectPage => ({ name, files });
  const open = (read: (file: IndexFile) => Promise<ReadonlyMap<string, string>>, indexPage?: ProjectPage) => {
    const readFiles: string[] = [];
    const inspect = openInspector({
      read: async (entry) => {
        readFiles.push(entry.filename);
        return read(entry);
      },
      pageOf: async () => indexPage,
      now: () => now,
      timeLimit: 200,
    });
    return {
      readFiles,
      inspect: (callersPage: ProjectPage | undefined, allFiles = true) =>
        inspect({ name, version: '1.0', page: callersPage, allFiles }),
    };
  };
  const readNothing = async () => new Map<string, string>();

  test('reads each file once, even if it is repeated', async () => {
    const { readFiles, inspect } = open(
      async ({ filename }) => new Map(filename.endsWith('.gz') ? [['x-1.0/setup.py', 'import socket']] : []),
    );
    const files = page(file('zzqx-1.0.tar.gz'), file('zzqx-1.0-py3-none-any.whl'), file('zzqx-0.9.tar.gz'));
    expect(await inspect(files)).toMatchObject({ known: true, value: [{ reach: 'network' }] });
    await inspect(files);
    expect(readFiles.sort()).toEqual(['zzqx-1.0-py3-none-any.whl', 'zzqx-1.0.tar.gz']);
  });

  test('of a ranked project skips the sdist if there is a universal wheel, and notes how many files it read', async () => {
    const { readFiles, inspect } = open(readNothing);
    await inspect(page(file('zzqx-1.0.tar.gz'), file('zzqx-1.0-py3-none-any.whl')), false);
    expect(readFiles).toEqual(['zzqx-1.0-py3-none-any.whl']);
    const many = Array.from({ length: 30 }, (_, index) => file(`zzqx-1.0-cp3${index}-cp3${index}-win_amd64.whl`));
    expect(await inspect(page(...many), false)).toMatchObject({
      lowerBound: true,
      note: 'inspected 12 of 30 files',
    });
    expect(await inspect(page(...many), true)).toMatchObject({ lowerBound: false });
    const large = { ...file('zzqx-1.0.tar.gz'), size: 20_000_000 };
    expect(await inspect(page(large, file('zzqx-1.0-cp314-cp314-win_amd64.whl')), false)).toMatchObject({
      lowerBound: true,
      note: 'inspected 1 of 2 files',
    });
  });

  test('ignores shell commands of an sdist if there is a universal wheel, but not network use', async () => {
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

  test('is unknown if a file is unreadable, is not listed, or takes too long', async () => {
    const files = page(file('zzqx-1.0.tar.gz'));
    expect(await open(() => Promise.reject(new Error('broken'))).inspect(files)).toMatchObject({ known: false });
    expect(await open(() => new Promise(() => {})).inspect(files)).toMatchObject({
      known: false,
      why: expect.stringContaining('in time'),
    });
    expect(await open(readNothing).inspect(undefined)).toMatchObject({ known: false });
    expect(await open(readNothing).inspect(page(file('zzqx-2.0.tar.gz')))).toMatchObject({ known: false });
  });

  test('requests the page from the index if the caller has none', async () => {
    expect(await open(readNothing, page(file('zzqx-1.0.tar.gz'))).inspect(undefined)).toMatchObject({
      known: true,
      value: [],
    });
  });
});
