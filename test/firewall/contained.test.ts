import { describe, expect, test } from 'vitest';
import { kindsOfAffix } from '../../src/firewall/names/affixes.ts';
import { containedNames, minContainedConfidence } from '../../src/firewall/names/contained.ts';
import { popularProjects } from '../../src/firewall/names/popular-projects.ts';

const popular = popularProjects();
const contained = containedNames({ popular, protectedNames: ['acme-billing'] });
const first = (name: string) => contained(name)[0]?.target;

describe('a popular name is found next to', () => {
  test.each([
    ['a suffix', 'cryptography-utils', 'cryptography'],
    ['a prefix', 'new-cryptography', 'cryptography'],
    ['a joined suffix', 'numpylib', 'numpy'],
    ['a joined prefix', 'pycryptography', 'cryptography'],
    ['several words', 'urllib3-client-v2', 'urllib3'],
    ['a version', 'cryptography-2-32', 'cryptography'],
    ['a suffix, without its own delimiters', 'typingextensions-plus', 'typing-extensions'],
    ['a suffix, without its digits', 'urllib-tools', 'urllib3'],
    ['a suffix, in any spelling', 'Cryptography_Utils', 'cryptography'],
  ])('%s: %s', (_description, name, target) => {
    expect(first(name)).toBe(target);
  });

  test('a suffix, if the policy protects the name', () => {
    expect(first('acme-billing-client')).toBe('acme-billing');
    expect(containedNames({ popular })('acme-billing-client')).toEqual([]);
  });
});

describe('no popular name is reported for', () => {
  test.each(['django-zebra', 'pytest-zebra', 'types-zebra', 'zebra-sphinx'])(
    '%s, because many plugins have such names',
    (name) => {
      expect(contained(name)).toEqual([]);
    },
  );

  test.each(['request2', 'requests2', 'cryptography3'])('%s, because a digit makes a sibling', (name) => {
    expect(contained(name)).toEqual([]);
  });

  test('popular names, which contain others', () => {
    expect(popular.filter((name) => contained(name).length > 0)).toEqual([]);
  });

  test.each([
    '',
    '-',
    'x',
    'a b',
    'numpy-lib\n',
    '\u001b[31mnumpy-lib',
    'nump\u0443-lib',
    'numpy-lib\u0000',
    `${'numpy-'.repeat(1_600_000)}lib`,
    'py'.repeat(5_000_000),
    '-'.repeat(10_000_000),
    '\ud83d'.repeat(10_000_000),
  ])('an invalid or overlong name (%#)', (name) => {
    const started = performance.now();
    expect(contained(name)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

test('at most three names are reported, most likely first, with confidences from the minimum to 1', () => {
  for (const name of ['numpy-pandas-cryptography-utils', 'urllib3-utils', 'a-b-c-d-e-f-g-h-numpy', 'py'.repeat(30)]) {
    const confidences = contained(name).map(({ confidence }) => confidence);
    expect(confidences.length).toBeLessThanOrEqual(3);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
    for (const confidence of confidences) {
      expect(confidence).toBeGreaterThanOrEqual(minContainedConfidence);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  }
});

test('the same affix says less about a less popular project', () => {
  const detector = containedNames({ popular: ['zebrafish', ...popular.slice(0, 4_000), 'tigershark'] });
  const confidence = (name: string) => detector(name)[0]?.confidence ?? 0;
  expect(confidence('zebrafish-utils')).toBeGreaterThan(confidence('tigershark-utils'));
});

test('the same affix says less about a project with many plugins', () => {
  const plugins = Array.from({ length: 200 }, (_, index) => `zebrafish-plugin${index}`);
  const confidence = (list: readonly string[]) =>
    containedNames({ popular: ['zebrafish', ...list] })('zebrafish-utils')[0]?.confidence ?? 0;
  expect(confidence([])).toBeGreaterThan(confidence(plugins));
});

test('an affix is read as the fewest words', () => {
  expect(kindsOfAffix('utils')).toEqual(['tool']);
  expect(kindsOfAffix('newlibv2')).toEqual(['edition', 'tool', 'version']);
  expect(kindsOfAffix('2024')).toEqual(['version']);
  expect(kindsOfAffix('zebra')).toBeUndefined();
  expect(kindsOfAffix('')).toEqual([]);
});
