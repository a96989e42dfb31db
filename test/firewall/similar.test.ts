import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { popularProjects } from '../../src/firewall/names/popular-projects.ts';
import { operatingPoints, similarNames } from '../../src/firewall/names/similar.ts';
import { findTypoPattern } from '../../src/firewall/names/typo-patterns.ts';
import { normaliseName } from '../../src/index/names.ts';

const popular = popularProjects();
const similar = similarNames({ popular, protectedNames: ['acme-billing'] });
const first = (name: string) => similar(name)[0]?.target;
const careful = (name: string) => similar(name).filter(({ confidence }) => confidence >= operatingPoints.careful);

describe('a plausible slip is found with its target', () => {
  test.each([
    ['swapped letters', 'sqlalchmey', 'sqlalchemy'],
    ['a doubled letter', 'beautifullsoup4', 'beautifulsoup4'],
    ['a dropped letter', 'matplotib', 'matplotlib'],
    ['a dropped double', 'pilow', 'pillow'],
    ['a neighbouring key', 'pytesy', 'pytest'],
    ['a look-alike', 'c0lorama', 'colorama'],
    ['a vowel', 'djanga', 'django'],
    ['a dropped plural', 'python-dateutils', 'python-dateutil'],
    ['two slips in a long name', 'cyrptograhpy', 'cryptography'],
    ['other delimiters', 'pythondateutil', 'python-dateutil'],
    ['words in another order', 'learn-scikit', 'scikit-learn'],
    ['a habit', 'rwquirements', 'requirements'],
    ['a module of the standard library', 'subproces', 'subprocess'],
    ['a team’s own name', 'acme-biling', 'acme-billing'],
  ])('%s: %s', (_what, name, target) => {
    expect(first(name)).toBe(target);
  });

  test('a module of the standard library itself is one that nobody means', () => {
    expect(careful('contextlib')).toHaveLength(1);
  });
});

describe('nothing is said of', () => {
  test.each(['request2', 'Request2', 'request-2'])('%s: another digit makes a sibling', (name) => {
    expect(similar(name)).toEqual([]);
  });

  test('any popular name, in any spelling', () => {
    const flagged = popular.filter((name) => similar(name).length > 0);
    expect(flagged).toEqual([]);
    expect(similar('Typing_Extensions')).toEqual([]);
  });

  test.each(['types-boltons2', 'mypy-boto3-sqz', 'pandas-stubs-extra', 'zqxjkvbp'])(
    '%s at the careful point',
    (name) => {
      expect(careful(name)).toEqual([]);
    },
  );

  test.each(['', '-', 'x', '../etc', 'a b', 'rеquests', 're\u0000quests', '%72equests', 'r'.repeat(10_000_000)])(
    'what is no name (%#)',
    (name) => {
      const started = performance.now();
      expect(similar(name)).toEqual([]);
      expect(performance.now() - started).toBeLessThan(1_000);
    },
  );
});

describe('answers', () => {
  test('are best first, at most three, with confidences from the keen point to 1, and never the name itself', () => {
    const anyName = fc.oneof(
      fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/),
      fc
        .tuple(fc.constantFrom(...popular.slice(0, 500)), fc.nat(), fc.constantFrom('', 'a', 'x', '-', '0'))
        .map(([name, place, by]) => name.slice(0, place % name.length) + by + name.slice((place % name.length) + 1)),
    );
    fc.assert(
      fc.property(anyName, (name) => {
        const answer = similar(name);
        expect(answer.length).toBeLessThanOrEqual(3);
        expect(answer.map(({ confidence }) => confidence)).toEqual(
          answer.map(({ confidence }) => confidence).sort((a, b) => b - a),
        );
        for (const { confidence } of answer) {
          expect(confidence).toBeGreaterThanOrEqual(operatingPoints.keen);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('do not depend on what was asked before', () => {
    const names = ['sqlalchmey', 'matplotib', 'pytesy', 'c0lorama', 'zqxjkvbp'];
    const fresh = similarNames({ popular });
    for (const name of names) similar(name);
    expect(names.map((name) => similar(name))).toEqual(names.map((name) => fresh(name)));
  });
});

test('slips are counted as optimal string alignment counts them', () => {
  const word = fc.stringMatching(/^[abc]{1,7}$/);
  fc.assert(
    fc.property(word, word, (name, target) => {
      const distance = alignment(name, target);
      expect(findTypoPattern(name, target, 2)?.count).toBe(distance <= 2 ? distance : undefined);
    }),
    { numRuns: 2_000 },
  );
});

test('finding slips goes through every target that is near enough', () => {
  const targets = popular.slice(0, 3_000).filter((name) => name.length >= 8);
  const everything = similarNames({ popular: targets });
  const lost = targets
    .map((target) => normaliseName(target.slice(0, 4) + target.charAt(5) + target.charAt(4) + target.slice(6)))
    .filter((name) => !targets.includes(name) && everything(name).length === 0);
  expect(lost.length).toBeLessThan(targets.length / 20);
});

/** The textbook's matrix. */
function alignment(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i && j ? 0 : i + j)),
  );
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]![j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swap,
      );
    }
  }
  return at(a.length, b.length);
}
