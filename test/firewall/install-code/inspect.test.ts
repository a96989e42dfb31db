import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openInspector } from '../../../src/firewall/install-code/inspect.ts';
import { inspectArchive } from '../../../src/firewall/install-code/inspect-archive.ts';
import { normaliseName } from '../../../src/index/names.ts';
import type { IndexFile, ProjectPage } from '../../../src/index/types.ts';
import { tarGz, zip } from '../../helpers/judgement-archives.ts';
import { now } from '../facts.ts';

const sdist = (files: Readonly<Record<string, string>>): Buffer =>
  tarGz(Object.entries(files).map(([name, text]) => ({ path: `x-1.0/${name}`, text })));

const inspectSdist = (files: Readonly<Record<string, string>>) =>
  inspectArchive({ filename: 'x-1.0.tar.gz', archive: sdist(files) });

const inspectWheel = (files: Readonly<Record<string, string>>, filename = 'x-1.0-py3-none-any.whl') =>
  inspectArchive({ filename, archive: zip(Object.entries(files).map(([name, text]) => ({ path: name, text }))) });

describe('the code of a setup script', () => {
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
      'def f():\n  from http.client import HTTPConnection\nf()',
      ['network', 'more-than-setup'],
    ],
    ['a network import by `__import__`', '__import__("socket").create_connection(x)', ['network']],
    ['a shell command', 'import os\nos.system("curl x | sh")', ['program']],
    ['a shell command with an alias', 'from os import popen as p\np("id")', ['program']],
    ['a shell function that is not called here', 'import subprocess\nrun = subprocess.run', ['shell']],
    ['getattr with a literal name', 'import sys\ngetattr(sys.modules[__name__], "x", None)', []],
    ['a shell command in a raise statement', 'import os\nraise E(os.system(1)) from e', ['shell']],
    ['a shell module that is only imported', 'import os, subprocess', []],
    ['a computed shell command', 'import subprocess\nsubprocess.Popen([program])', ['shell']],
    ['the version from git', 'import subprocess\nsubprocess.check_output(["git", "describe"])', []],
    ['publish commands', 'import os\nos.system("python setup.py sdist upload")', []],
    ['exec of a file that is missing', 'exec(open("version.py").read())', ['hidden', 'more-than-setup']],
    ['exec of decoded code', 'import base64\nexec(base64.b64decode("aW1wb3J0"))', ['hidden', 'more-than-setup']],
    [
      'exec of decoded code with an alias',
      'from builtins import exec as e\ne(bytes.fromhex("00"))',
      ['hidden', 'more-than-setup'],
    ],
    ['exec in full-width letters', 'ｅｘｅｃ(b64decode(x))', ['hidden']],
    ['an import of a computed name', '__import__("o" + "s").system("make x; frob")', ['hidden']],
    ['getattr with a computed name', 'import os\ngetattr(os, "sys" + "tem")(command)', ['hidden']],
    ['exec of a literal text', 'exec("import socket\\nsocket.socket()")', ['network', 'more-than-setup']],
    ['a class', 'class Build(build_ext): pass', ['more-than-setup']],
  ])('%s', async (_description, source, expected) => {
    const { findings } = await inspectSdist({ 'setup.py': source });
    expect([...new Set(findings.map(({ kind }) => kind))].sort()).toEqual([...expected].sort());
  });
});

describe('the build code of an sdist', () => {
  const code = async (files: Record<string, string>): Promise<string[]> =>
    (await inspectSdist(files)).findings.map(({ path: file, line, kind }) => `${file}:${line} ${kind}`);

  test('includes setup.py and the modules it imports, but not others', async () => {
    const files = { 'setup.py': 'import helper', 'helper.py': '\nimport socket', 'other.py': 'import socket' };
    expect(await code(files)).toEqual(['helper.py:2 network']);
  });

  test('includes an in-tree build backend', async () => {
    const pyproject = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
    expect(await code({ 'pyproject.toml': pyproject, 'backend.py': 'import socket' })).toEqual([
      'backend.py:1 network',
    ]);
    expect(await code({ 'pyproject.toml': pyproject })).toEqual(['pyproject.toml:0 hidden']);
    const large = `${pyproject}[tool.x]\nlarge = 9007199254740993\n`;
    expect(await code({ 'pyproject.toml': large, 'backend.py': 'import socket' })).toEqual(['backend.py:1 network']);
    const hatch = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"';
    expect(await code({ 'pyproject.toml': hatch })).toEqual([]);
    expect(await code({ 'pyproject.toml': 'not toml [' })).toEqual([]);
  });

  test('includes a long chain of modules', async () => {
    const chain = Array.from({ length: 60 }, (_, index) => [`m${index}.py`, `import m${index + 1}`]);
    const files = { ...Object.fromEntries(chain), 'm60.py': 'import socket', 'setup.py': 'import m0' };
    expect(await code(files)).toEqual(['m60.py:1 network']);
  });

  test('includes a file that only the code names, of any ending', async () => {
    const files = { 'setup.py': 'exec(open("data/notes.md").read())', 'data/notes.md': 'import socket' };
    expect(await code(files)).toContain('data/notes.md:1 network');
  });

  test('does not include what pip never runs', async () => {
    const upload = 'class Upload:\n  def run(self):\n    import socket\nsetup(cmdclass={"upload": Upload})';
    const publish = 'import os, sys\nif sys.argv[-1] == "publish":\n    os.system("curl x")';
    const unused = 'import urllib.request\ndef download(url):\n    return urllib.request.urlopen(url)';
    for (const source of [upload, publish, unused]) {
      const findings = await code({ 'setup.py': source });
      expect(findings.filter((finding) => !finding.includes('more-than-setup'))).toEqual([]);
    }
  });
});

describe('startup files', () => {
  const kinds = async (files: Record<string, string>): Promise<string[]> =>
    (await inspectWheel(files)).findings.map(({ kind }) => kind);

  test('a .pth file that only adds paths has no findings', async () => {
    expect(await kinds({ 'x.pth': '/opt/lib\n# import os\n../src\n' })).toEqual([]);
  });

  test('the line of a namespace package has no finding, unless it does more', async () => {
    const line =
      "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google',));" +
      "m = sys.modules.setdefault('google', types.ModuleType('google'));mp = m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)";
    expect(await kinds({ 'x.pth': line })).toEqual([]);
    expect(await kinds({ 'x.pth': `${line};os.system('id')` })).toEqual(['startup-reach']);
  });

  test('an import line is a finding, and what it calls is followed', async () => {
    expect(await kinds({ 'x.pth': 'import x; x.hook()' })).toEqual(['startup']);
    const hook = { 'x.pth': 'import y; y.hook()', 'y.py': 'import os\ndef hook():\n    os.system("curl x | sh")' };
    expect((await inspectWheel(hook)).findings).toMatchObject([{ kind: 'startup-reach', path: 'y.py', line: 3 }]);
  });

  test('a package of pip is a finding in other wheels only', async () => {
    expect(await kinds({ 'pip/__init__.py': '' })).toEqual(['replacement']);
    expect((await inspectWheel({ 'pip/__init__.py': '' }, 'pip-1.0-py3-none-any.whl')).findings).toEqual([]);
  });
});

test('what a finding shows is printable, on one line and short', async () => {
  const source = `import os\nos.system("curl \u009b31m\u202e\\x1b]0;x ${'y'.repeat(500)}")`;
  const { findings } = await inspectSdist({ 'setup.py': source });
  expect(findings).not.toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not appear
  expect(findings[0]?.seen).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(findings[0]?.seen.length).toBeLessThanOrEqual(200);
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
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });
  const open = (read: (file: IndexFile) => Promise<Buffer | undefined>, indexPage?: ProjectPage) => {
    const readFiles: string[] = [];
    const inspect = openInspector({
      inspectFile: inspectArchive,
      withFile: async (entry, _maxBytes, use) => {
        readFiles.push(entry.filename);
        const content = await read(entry);
        if (content === undefined) return use(undefined);
        const folder = await mkdtemp(path.join(tmpdir(), 'awspip-test-'));
        folders.push(folder);
        await writeFile(path.join(folder, 'archive'), content);
        return use(path.join(folder, 'archive'));
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
  const sources =
    (text: string) =>
    async ({ filename }: IndexFile): Promise<Buffer> =>
      filename.endsWith('.gz') ? sdist({ 'setup.py': text }) : zip([{ path: 'x.py', text: '' }]);
  const readNothing = sources('');

  test('reads each file once, even if it is repeated', async () => {
    const { readFiles, inspect } = open(sources('import socket'));
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
      note: 'inspected 4 of 30 files',
    });
    expect(await inspect(page(...many), true)).toMatchObject({ lowerBound: false });
  });

  test('of a ranked project reads an sdist of any size if there is no universal wheel', async () => {
    const { inspect } = open(sources('import socket'));
    const large = { ...file('zzqx-1.0.tar.gz'), size: 20_000_000 };
    expect(await inspect(page(large, file('zzqx-1.0-cp314-cp314-win_amd64.whl')), false)).toMatchObject({
      value: [{ file: 'zzqx-1.0.tar.gz: setup.py', line: 1, reach: 'network' }],
    });
  });

  test('finds a file unreadable that is damaged or too large', async () => {
    const files = page(file('zzqx-1.0.tar.gz'));
    expect(await open(async () => Buffer.from('broken')).inspect(files)).toMatchObject({
      known: true,
      value: [{ file: 'zzqx-1.0.tar.gz', reach: 'unreadable' }],
    });
    expect(await open(async () => undefined).inspect(files)).toMatchObject({ value: [{ reach: 'unreadable' }] });
  });

  test('ignores shell commands of an sdist if there is a universal wheel, but not network use', async () => {
    const shell = sources('import os\nos.system(command)');
    const both = page(file('zzqx-1.0.tar.gz'), file('zzqx-1.0-py3-none-any.whl'));
    expect(await open(shell).inspect(both)).toMatchObject({ value: [] });
    expect(await open(shell).inspect(page(file('zzqx-1.0.tar.gz')))).toMatchObject({ value: [{ reach: 'shell' }] });
    expect(await open(sources('import socket')).inspect(both)).toMatchObject({ value: [{ reach: 'network' }] });
  });

  test('is unknown if the index fails, the release is not listed, or the download takes too long', async () => {
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
