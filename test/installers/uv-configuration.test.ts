import { expect, test } from 'vitest';
import { localSourcesOfUv, userFileOfUv } from '../../src/installers/uv-configuration.ts';

const settings = `
find-links = ["./wheels", "https://e.example/links"]
extra-index-url = ["file:///w/index"]
[[index]]
url = "../flat"
format = "flat"
[[index]]
url = "https://e.example/simple"
[pip]
find-links = ["./wheels", "more"]
`;

test('folders that uv would take packages from are named, each once; addresses are the relay’s to deny', () => {
  const expected = ['./wheels', 'file:///w/index', 'more', '../flat'];
  expect(localSourcesOfUv(settings, 'uv.toml')).toEqual(expected);
  const pyproject = settings.replace('[pip]', '[tool.uv.pip]').replaceAll('[[index]]', '[[tool.uv.index]]');
  expect(localSourcesOfUv(`[tool.uv]${pyproject}`, 'pyproject.toml')).toEqual(expected);
});

test.each([
  '',
  'x',
  'find-links = 3',
  '[pip]\nfind-links = "x"',
  '[tool]\nuv = 1',
  '[[index]]\nname = "x"',
  'index = 1',
])('a file that says nothing of the kind names none: %j', (text) => {
  expect(localSourcesOfUv(text, 'uv.toml')).toEqual([]);
  expect(localSourcesOfUv(text, 'pyproject.toml')).toEqual([]);
});

test('the user’s own settings lie where uv looks for them', () => {
  expect(userFileOfUv({ platform: 'darwin', home: '/h', environment: {} })).toBe('/h/.config/uv/uv.toml');
  expect(userFileOfUv({ platform: 'linux', home: '/h', environment: { XDG_CONFIG_HOME: '/x' } })).toBe('/x/uv/uv.toml');
  expect(userFileOfUv({ platform: 'win32', home: '/h', environment: { APPDATA: '/a' } })).toBe('/a/uv/uv.toml');
});
