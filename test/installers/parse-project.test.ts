import { expect, test } from 'vitest';
import { parseProject } from '../../src/installers/parse-project.ts';
import { olderPythons } from '../../src/installers/platforms.ts';

test('pyproject.toml: dependencies, extras and groups, without other sources and the project itself', () => {
  const pyproject = `
[project]
name = "Mine"
dependencies = ["a>=1", "b @ https://e.example/b.whl", "local"]
optional-dependencies = { x = ["c; sys_platform == 'win32'", "mine[y]"], y = ["d"] }
[dependency-groups]
dev = ["e", { include-group = "test" }]
test = ["f"]
[tool.uv]
dev-dependencies = ["g"]
[tool.uv.sources]
local = { path = "../local" }
`;
  expect(parseProject({ pyproject }).roots).toEqual(['a>=1', 'c', 'd', 'e', 'f', 'g']);
});

test('poetry’s tables and Pipfiles in their notations', () => {
  const pyproject = `
[tool.poetry.dependencies]
python = "^3.9"
a = "^1.2"
b = { version = "*", extras = ["x"] }
c = { git = "https://e.example/c" }
[tool.poetry.group.dev.dependencies]
d = "~2.0"
`;
  const pipfile =
    '[packages]\ne = "*"\nf = "==1.0"\n[dev-packages]\ng = {version = ">=2", markers = "os_name == \'nt\'"}\n';
  expect(parseProject({ pyproject, pipfile }).roots).toEqual([
    ...['a>=1.2,<2', 'b[x]', 'd>=2.0,<2.1', 'e', 'f==1.0'],
    "g>=2 ; os_name == 'nt'",
  ]);
});

test('lock files pin packages from an index, except those that are locked twice', () => {
  const uvLock = `
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "mine"
version = "0.1"
source = { virtual = "." }
[[package]]
name = "twice"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "twice"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
`;
  const poetryLock =
    '[[package]]\nname = "p"\nversion = "3.0"\n[[package]]\nname = "q"\nversion = "1"\nsource = { type = "git" }\n';
  const pipfileLock = JSON.stringify({ default: { z: { version: '==1.0' }, y: { git: 'x' } }, develop: {} });
  expect(parseProject({ uvLock, poetryLock, pipfileLock }).pins).toEqual(['a==1.0', 'p==3.0', 'z==1.0']);
});

test('the pins of pdm.lock are those from an index', () => {
  const pdmLock =
    '[[package]]\nname = "a"\nversion = "1.0"\nfiles = [{file = "a-1.0.tar.gz", hash = "sha256:0"}]\n[[package]]\nname = "b"\nversion = "1"\ngit = "https://h/b"\n[[package]]\nname = "c"\nversion = "1"\npath = "./c"\n';
  const pyproject = '[tool.pdm.dev-dependencies]\ntest = ["d>=1", "-e file:///w/e"]\n';
  expect(parseProject({ pyproject, pdmLock })).toMatchObject({ pins: ['a==1.0'], roots: ['d>=1'] });
});

test('files that are not TOML or JSON, or have unexpected values, are ignored', () => {
  for (const text of [
    '[',
    '',
    'project = 1',
    'package = [1, "x", []]',
    '[project]\ndependencies = "a"',
    '{"default": 3}',
  ]) {
    expect(parseProject({ pyproject: text, pipfile: text, uvLock: text, poetryLock: text, pipfileLock: text })).toEqual(
      {
        roots: [],
        buildRoots: [],
        pins: [],
        requiresPython: undefined,
        paths: { pyproject: [], pipfile: [] },
      },
    );
  }
});

test('local paths are listed as they are written, without URLs on the network', () => {
  const pyproject = `
[project]
dependencies = ["a @ file:///w/a.whl", "b @ https://e.example/b.whl"]
[tool.uv.sources]
c = { path = "../c", editable = true }
d = [{ path = "d.whl", marker = "os_name == 'nt'" }, { git = "https://e.example/d" }, { index = "x" }]
e = { workspace = true }
[tool.uv]
override-dependencies = ["o @ file:///w/o.whl", "p>=1"]
[tool.poetry.dependencies]
python = "^3.9"
f = { path = "../f" }
g = { url = "file:///w/g.whl" }
h = { url = "https://e.example/h.whl" }
`;
  const pipfile =
    '[packages]\ni = {path = "../i"}\nj = {file = "https://e.example/j.whl"}\n[dev-packages]\nk = {file = "k.whl"}\n';
  expect(parseProject({ pyproject, pipfile }).paths).toEqual({
    pyproject: ['../c', 'd.whl', '../f', 'file:///w/g.whl', 'file:///w/a.whl', 'file:///w/o.whl'],
    pipfile: ['../i', 'k.whl'],
  });
});

test('markers are kept only if several requirements name the same project', () => {
  const pyproject = `
[project]
requires-python = ">=3.9"
dependencies = ["a; os_name == 'nt'", "b<2; python_version < '3.9'", "b>=2; python_version >= '3.9'"]
[build-system]
requires = ["maker>=1", "local @ file:///w/x.whl"]
`;
  expect(parseProject({ pyproject })).toMatchObject({
    roots: ['a', 'b<2; python_version < "3.9"', 'b>=2; python_version >= "3.9"'],
    buildRoots: ['maker>=1'],
    requiresPython: '>=3.9',
  });
  expect(parseProject({ pyproject: '[tool.poetry.dependencies]\npython = "^3.9"\n' }).requiresPython).toBe('>=3.9,<4');
});

test('the older Pythons of a range have all their markers', () => {
  const markers = {
    python_version: '3.12',
    python_full_version: '3.12.1',
    implementation_name: 'cpython',
    os_name: 'posix',
  };
  const here = { markers, implementation: 'cpython', platform: 'linux_x86_64', freeThreaded: false };
  const older = (range: string) => olderPythons(here, range).map((python) => python.markers.python_full_version);
  expect(older('>=3.9.2,!=3.10.*')).toEqual(['3.11.25', '3.9.25']);
  expect(older('>=3.12')).toEqual([]);
  expect(older('')).toEqual(['3.11.25', '3.10.25', '3.9.25', '3.8.25']);
  expect(olderPythons(here, '>=3.11')).toEqual([
    {
      implementation: 'cpython',
      platform: 'linux_x86_64',
      markers: {
        ...markers,
        python_version: '3.11',
        python_full_version: '3.11.25',
        implementation_version: '3.11.25',
      },
    },
  ]);
  expect(olderPythons({ ...here, markers: {} }, '')).toEqual([]);
});

test('a workspace needs what its members need, without the members and the sources of its root', () => {
  const root = '[project]\nname = "root"\ndependencies = ["a"]\n[tool.uv.sources]\nlocal = { path = "x" }\n';
  const member = '[project]\nname = "Member"\ndependencies = ["b", "local", "other"]\n';
  const other = '[project]\nname = "other"\ndependencies = ["member", "root"]\n';
  expect(parseProject({ members: [root, member, other] }).roots).toEqual(['a', 'b']);
});

test('a script needs only the dependencies in its metadata block', () => {
  const script =
    '# /// script\n# dependencies = ["a", "b"]\n# [tool.uv.sources]\n# b = { path = "b" }\n# ///\nimport c\n';
  expect(parseProject({ script }).roots).toEqual(['a']);
  expect(parseProject({ script: 'import c\n' }).roots).toEqual([]);
});
