import { expect, test } from 'vitest';
import { uvLocalSources, uvUserFile } from '../../src/installers/uv-configuration.ts';

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

test('local package sources are listed once each, without URLs on the network', () => {
  const expected = ['./wheels', 'file:///w/index', 'more', '../flat'];
  expect(uvLocalSources(settings, 'uv.toml')).toEqual(expected);
  const pyproject = settings.replace('[pip]', '[tool.uv.pip]').replaceAll('[[index]]', '[[tool.uv.index]]');
  expect(uvLocalSources(`[tool.uv]${pyproject}`, 'pyproject.toml')).toEqual(expected);
});

test.each([
  '',
  'x',
  'find-links = 3',
  '[pip]\nfind-links = "x"',
  '[tool]\nuv = 1',
  '[[index]]\nname = "x"',
  'index = 1',
])('a file without sources gives none: %j', (text) => {
  expect(uvLocalSources(text, 'uv.toml')).toEqual([]);
  expect(uvLocalSources(text, 'pyproject.toml')).toEqual([]);
});

test('the path of the user configuration is that of uv', () => {
  expect(uvUserFile({ platform: 'darwin', home: '/h', environment: {} })).toBe('/h/.config/uv/uv.toml');
  expect(uvUserFile({ platform: 'linux', home: '/h', environment: { XDG_CONFIG_HOME: '/x' } })).toBe('/x/uv/uv.toml');
  expect(uvUserFile({ platform: 'win32', home: '/h', environment: { APPDATA: '/a' } })).toBe('/a/uv/uv.toml');
});
