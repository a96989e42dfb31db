import { expect, test } from 'vitest';
import { isDefaultIndex, replaceDefaultIndex } from '../../src/pip/default-index.ts';
import { useRepository } from '../../src/pip/use-repository.ts';

test.each([
  'https://pypi.org/simple',
  'https://pypi.org/simple/',
  'https://pypi.org/simple//',
  'http://pypi.org/simple',
  'HTTPS://PyPI.ORG/simple/',
  'https://pypi.org:443/simple',
  ' https://pypi.org/simple ',
])('`%s` is the default index', (url) => {
  expect(isDefaultIndex(url)).toBe(true);
});

test.each([
  'https://pypi.org/',
  'https://pypi.org/Simple/',
  'https://pypi.org/simple/six/',
  'https://pypi.org/simple?x',
  'https://pypi.org:8080/simple',
  'https://pypi.org.evil.example/simple',
  'https://pypi.org@evil.example/simple',
  'https://user:secret@pypi.org/simple',
  'https://test.pypi.org/simple',
  'ftp://pypi.org/simple',
  'pypi.org/simple',
  'pypi=https://pypi.org/simple',
])('`%s` is not the default index', (url) => {
  expect(isDefaultIndex(url)).toBe(false);
});

test('on a command line, every spelling of the option keeps its form', () => {
  const relay = 'http://relay/simple/';
  const typed = ['-i', 'https://pypi.org/simple', '--index-url=https://pypi.org/simple/', '-qihttp://pypi.org/simple'];
  expect(replaceDefaultIndex(typed, relay)).toEqual(['-i', relay, `--index-url=${relay}`, `-qi${relay}`]);
  const others = ['--index-url=https://other.example/simple', 'six', '-i', '--extra=https://pypi.org/simple/six'];
  expect(replaceDefaultIndex(others, relay)).toEqual(others);
});

test('a pip that does not run behind a relay is not changed', () => {
  expect(useRepository({ PIP_INDEX_URL: 'https://other.example/simple/' })).toBe('');
  expect(useRepository({})).toBe('');
  expect(useRepository({ PIP_INDEX_URL: 'http://0123abcd.secure-pypi.invalid/simple/' })).toContain('SearchScope');
});
