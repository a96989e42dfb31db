import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { popularProjects } from '../../src/firewall/names/popular-projects.ts';
import { operatingPoints, similarNames } from '../../src/firewall/names/similar.ts';
import { findTypoPattern } from '../../src/firewall/names/typo-patterns.ts';
import { normaliseName } from '../../src/index/names.ts';

const popular = popularProjects();
const similar = similarNames({ popular, protectedNames: ['acme-billing'] });
const first = (name: string) => similar(name)[0]?.target;
const confident = (name: string) =>
  similar(name).filter(({ confidence }) => confidence >= operatingPoints.highPrecision);

describe('a typo is found with its target', () => {
  test.each([
    ['transposed letters', 'sqlalchmey', 'sqlalchemy'],
    ['a doubled letter', 'beautifullsoup4', 'beautifulsoup4'],
    ['a dropped letter', 'matplotib', 'matplotlib'],
    ['a dropped double', 'pilow', 'pillow'],
    ['an adjacent key', 'pytesy', 'pytest'],
    ['a look-alike', 'c0lorama', 'colorama'],
    ['a vowel', 'djanga', 'django'],
    ['a dropped plural', 'python-dateutils', 'python-dateutil'],
    ['two typos in a long name', 'cyrptograhpy', 'cryptography'],
    ['other delimiters', 'pythondateutil', 'python-dateutil'],
    ['words in another order', 'learn-scikit', 'scikit-learn'],
    ['a common mistake', 'rwquirements', 'requirements'],
    ['a module of the standard library', 'subproces', 'subprocess'],
    ['a protected name', 'acme-biling', 'acme-billing'],
    ['a digit at the end', 'cryptography7', 'cryptography'],
    ['a digit within', 'cryp7ography', 'cryptography'],
    ['a letter for a digit', 'urllibr', 'urllib3'],
    ['a brand outside the popularity list', 'etherscam', 'etherscan'],
  ])('%s: %s', (_description, name, target) => {
    expect(first(name)).toBe(target);
  });

  test.each(['reqeusts', 'requezts', 'cryptograhpy', 'urlib3'])('%s is found at high precision', (name) => {
    expect(confident(name)).not.toEqual([]);
  });

  test('the name of a standard library module is a finding itself', () => {
    expect(confident('contextlib')).toHaveLength(1);
  });
});

describe('there is no similar name for', () => {
  test.each(['request2', 'Request2', 'request-2'])('%s, because another digit makes a sibling', (name) => {
    expect(similar(name)).toEqual([]);
  });

  test('popular names in any spelling', () => {
    const flagged = popular.filter((name) => similar(name).length > 0);
    expect(flagged).toEqual([]);
    expect(similar('Typing_Extensions')).toEqual([]);
  });

  test.each(['types-boltons2', 'mypy-boto3-sqz', 'pandas-stubs-extra', 'zqxjkvbp'])('%s at high precision', (name) => {
    expect(confident(name)).toEqual([]);
  });

  test.each([
    '',
    '-',
    'x',
    '../etc',
    'a b',
    'rеquests',
    're\u0000quests',
    '%72equests',
    '\u001b[31mreqeusts',
    '\ud83d'.repeat(10_000_000),
    'r'.repeat(10_000_000),
  ])('an invalid name (%#)', (name) => {
    const started = performance.now();
    expect(similar(name)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('results', () => {
  test('are sorted by confidence, at most three, with confidences from the high-recall point to 1', () => {
    const anyName = fc.oneof(
      fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/),
      fc
        .tuple(fc.constantFrom(...popular.slice(0, 500)), fc.nat(), fc.constantFrom('', 'a', 'x', '-', '0'))
        .map(([name, seed, replacement]) => {
          const position = seed % name.length;
          return name.slice(0, position) + replacement + name.slice(position + 1);
        }),
    );
    fc.assert(
      fc.property(anyName, (name) => {
        const results = similar(name);
        expect(results.length).toBeLessThanOrEqual(3);
        expect(results.map(({ confidence }) => confidence)).toEqual(
          results.map(({ confidence }) => confidence).sort((a, b) => b - a),
        );
        for (const { confidence } of results) {
          expect(confidence).toBeGreaterThanOrEqual(operatingPoints.highRecall);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('do not depend on earlier calls', () => {
    const names = ['sqlalchmey', 'matplotib', 'pytesy', 'c0lorama', 'zqxjkvbp'];
    const newDetector = similarNames({ popular });
    for (const name of names) similar(name);
    expect(names.map((name) => similar(name))).toEqual(names.map((name) => newDetector(name)));
  });
});

test('the number of typos is the optimal string alignment distance', () => {
  const word = fc.stringMatching(/^[abc]{1,7}$/);
  fc.assert(
    fc.property(word, word, (name, target) => {
      const distance = alignmentDistance(name, target);
      expect(findTypoPattern(name, target, 2)?.count).toBe(distance <= 2 ? distance : undefined);
    }),
    { numRuns: 2_000 },
  );
});

test('at least 95 % of names with two transposed letters are found', () => {
  const targets = popular.slice(0, 3_000).filter((name) => name.length >= 8);
  const detector = similarNames({ popular: targets });
  const missed = targets
    .map((target) => normaliseName(target.slice(0, 4) + target.charAt(5) + target.charAt(4) + target.slice(6)))
    .filter((name) => !targets.includes(name) && detector(name).length === 0);
  expect(missed.length).toBeLessThan(targets.length / 20);
});

/** Returns the optimal string alignment distance, computed with the complete matrix. */
function alignmentDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i && j ? 0 : i + j)),
  );
  const cell = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const isTransposed = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]![j] = Math.min(
        cell(i - 1, j) + 1,
        cell(i, j - 1) + 1,
        cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isTransposed ? cell(i - 2, j - 2) + 1 : Infinity,
      );
    }
  }
  return cell(a.length, b.length);
}
