import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateMarker, parseMarker, showMarker } from '../../src/index/markers.ts';
import { parseRequirement, showRequirement } from '../../src/index/requirement.ts';
import type { TargetEnvironment } from '../../src/index/types.ts';
import { marker, requirement } from './arbitraries.ts';

const linux: TargetEnvironment = {
  implementation: 'cpython',
  platform: 'linux_x86_64',
  markers: {
    python_version: '3.11',
    python_full_version: '3.11.7',
    implementation_version: '3.11.7',
    implementation_name: 'cpython',
    sys_platform: 'linux',
    platform_system: 'Linux',
    platform_release: '5.10.0-8-amd64',
  },
};
const evaluate = (text: string, extra?: string, environment = linux): boolean => {
  const tree = parseMarker(text);
  if (tree === undefined) throw new Error(`no marker: ${text}`);
  return evaluateMarker(tree, environment, extra);
};

test('a requirement is parsed into its normalised parts', () => {
  expect(parseRequirement('Zope.Interface [ Test_Extra,docs ] (>= 1.0, <2) ; python_version < "4"')).toEqual({
    name: 'zope-interface',
    extras: ['test-extra', 'docs'],
    specifier: '>=1.0,<2',
    marker: {
      kind: 'compare',
      left: { kind: 'variable', value: 'python_version' },
      operator: '<',
      right: { kind: 'string', value: '4' },
    },
  });
});

test('a direct reference keeps its URL, which only whitespace ends', () => {
  expect(parseRequirement('a @ https://host.example/a.zip#x;y ; extra == "z"')).toMatchObject({
    name: 'a',
    specifier: '',
    url: 'https://host.example/a.zip#x;y',
    marker: { operator: '==' },
  });
  expect(parseRequirement('a@file:///a.whl')).toMatchObject({ url: 'file:///a.whl' });
});

test.each([
  ...['', ' ', '-e .', '--index-url x', 'a b', 'a[', 'a[x', 'a[x y]', 'a>=', 'a @', 'a >= 1 2', 'a>1.*', 'a ==1.0 ;'],
  ...[
    'a; nonsense',
    'a; python_version',
    'a; python_version > ',
    'a; unknown_name == "1"',
    'a ;; os_name == "x"',
    'a,>=1',
  ],
  ...['_a', 'a_', 'é', 'a; os_name == "x" or', 'a; (os_name == "x"', 'a ~=1', './a', 'https://host.example/a.whl'],
  ...['a'.repeat(300), `a${'[x]'.repeat(3)}`, `a; ${'('.repeat(5000)}`, `a; ${'os_name == "x" and '.repeat(1000)}`],
])('%j is not a requirement', (text) => {
  expect(parseRequirement(text)).toBeUndefined();
});

test('a rendered requirement parses back to the same value', () => {
  fc.assert(
    fc.property(requirement, (text) => {
      const parsed = parseRequirement(text);
      if (parsed === undefined) return;
      expect(parseRequirement(showRequirement(parsed))).toEqual(parsed);
    }),
  );
});

test('a rendered marker parses back to the same tree at any nesting', () => {
  fc.assert(
    fc.property(marker, (text) => {
      const tree = parseMarker(text);
      expect(tree).toBeDefined();
      if (tree !== undefined) expect(parseMarker(showMarker(tree))).toEqual(tree);
    }),
  );
});

test('no text makes the parsers throw or stall', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
      parseRequirement(text);
      parseMarker(text);
    }),
  );
  const start = performance.now();
  parseRequirement(`a${' '.repeat(16_000)}b`);
  parseRequirement(`a${'-'.repeat(16_000)}`);
  parseRequirement(`a[${'x,'.repeat(8000)}`);
  parseRequirement(`a${','.repeat(16_000)}`);
  parseMarker(`${'"'.repeat(8000)}`);
  expect(performance.now() - start).toBeLessThan(1000);
});

describe('a marker', () => {
  test.each([
    ['python_version >= "3.8"', true],
    ['python_version >= "3.9" and python_version < "3.11"', false],
    ['python_version < "3.9"', false],
    ['"3.10" < python_version', true],
    ['python_version == "3.*"', true],
    ['python_version in "3.10 3.11"', true],
    ['python_version not in "2.7, 3.5"', true],
    ['sys.platform == "linux"', true],
    ['platform_release >= "4"', true],
    ['os_name == "nt" or sys_platform == "linux" and python_version > "3"', true],
    ['(os_name == "nt" or sys_platform == "linux") and python_version < "3"', false],
    ["platform_system == 'Linux'", true],
    ['sys_platform ~= "linux"', false],
  ])('%s: %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test('compares one normalised extra at a time', () => {
    expect(evaluate('extra == "Dev_Tools"', 'dev-tools')).toBe(true);
    expect(evaluate('extra == "dev"')).toBe(false);
    expect(evaluate('extra != "dev"')).toBe(true);
    expect(evaluate('extra == "1.0"', '1.0.0')).toBe(false);
  });

  test('compares a locally built Python as a version', () => {
    const locallyBuilt = { ...linux, markers: { ...linux.markers, python_full_version: '3.12.0+' } };
    expect(evaluate('python_full_version >= "3.12.0"', undefined, locallyBuilt)).toBe(true);
  });
});
