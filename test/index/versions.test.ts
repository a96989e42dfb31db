import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareVersions,
  isPrerelease,
  isSpecifier,
  isVersion,
  matching,
  normaliseVersion,
  satisfies,
  versionKey,
} from '../../src/index/versions.ts';
import { plainVersion, specifier, version } from './arbitraries.ts';

const withPrereleases = { prereleases: true };
const finalsOnly = { prereleases: false };

test('versions sort in PEP 440 order', () => {
  const sorted = [
    ...['1.dev0', '1.0.dev456', '1.0a1', '1.0a2.dev456', '1.0a12.dev456', '1.0a12', '1.0b1.dev456', '1.0b2'],
    ...['1.0b2.post345.dev456', '1.0b2.post345', '1.0rc1.dev456', '1.0rc1', '1.0', '1.0+abc.5', '1.0+abc.7', '1.0+5'],
    ...['1.0.post456.dev34', '1.0.post456', '1.0.15', '1.1.dev1', '1!0.1'],
  ];
  expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
});

test('invalid versions sort below all valid ones, in alphabetical order', () => {
  expect(['1.0', 'zebra', '0.dev0', 'ape'].sort(compareVersions)).toEqual(['ape', 'zebra', '0.dev0', '1.0']);
});

test('the order is antisymmetric and transitive', () => {
  fc.assert(
    fc.property(plainVersion, plainVersion, plainVersion, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(-compareVersions(b, a)) + 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

test('every spelling of a version equals its normal form, which is stable', () => {
  fc.assert(
    fc.property(version, (text) => {
      const normal = normaliseVersion(text);
      expect(compareVersions(text, normal)).toBe(0);
      expect(normaliseVersion(normal)).toBe(normal);
      expect(versionKey(text)).toBe(versionKey(normal));
    }),
  );
});

test('two versions have the same key exactly when they are equal', () => {
  fc.assert(
    fc.property(plainVersion, plainVersion, (a, b) => {
      expect(versionKey(a) === versionKey(b)).toBe(compareVersions(a, b) === 0);
    }),
    { numRuns: 2000 },
  );
});

test('numbers beyond double precision are distinct', () => {
  expect(compareVersions('1.20240101000000000001', '1.20240101000000000002')).toBeLessThan(0);
  expect(satisfies('20240101000000000001', '==20240101000000000002', withPrereleases)).toBe(false);
  expect(satisfies('1.20240101000000000001.5', '==1.20240101000000000001.*', withPrereleases)).toBe(true);
});

test('<, == and > agree with the order of versions', () => {
  fc.assert(
    fc.property(plainVersion, plainVersion, (a, b) => {
      const publicB = b.split('+')[0] ?? '';
      if (satisfies(a, `<${publicB}`, withPrereleases)) expect(compareVersions(a, publicB)).toBeLessThan(0);
      if (satisfies(a, `>${publicB}`, withPrereleases)) expect(compareVersions(a, publicB)).toBeGreaterThan(0);
      expect(satisfies(a, `==${b}`, withPrereleases)).toBe(!satisfies(a, `!=${b}`, withPrereleases));
    }),
  );
});

test('a set of clauses is satisfied when each clause is', () => {
  fc.assert(
    fc.property(plainVersion, specifier, specifier, (candidate, a, b) => {
      const both = satisfies(candidate, a, withPrereleases) && satisfies(candidate, b, withPrereleases);
      expect(satisfies(candidate, `${a},${b}`, withPrereleases)).toBe(both);
    }),
  );
});

test.each([
  ['2.2.post3', '~=2.2', true],
  ['3.0', '~=2.2', false],
  ['1.4.9', '~=1.4.5a4', true],
  ['1.5', '~=1.4.5a4', false],
  ['1.1', '==1.1.*', true],
  ['1', '==1.0.*', true],
  ['1.1a1', '==1.1.*', true],
  ['1.1+local', '==1.1', true],
  ['1.1+local', '==1.1+other', false],
  ['1.1.0', '==1.1', true],
  ['3.1.dev0', '<3.1', false],
  ['3.0.dev0', '<3.1', true],
  ['3.1.post1', '>3.1', false],
  ['3.1.1', '>3.1', true],
  ['1.7.1.post3', '>1.7.1.post2', true],
  ['1.0', '===1.0', true],
  ['1.0.0', '===1.0', false],
  ['not a version', '', false],
  ['weird', '===weird', true],
  ['weird', '>=0', false],
  ['1.0', 'nonsense', false],
])('%s satisfies %s: %s', (candidate, clauses, expected) => {
  expect(satisfies(candidate, clauses, withPrereleases)).toBe(expected);
});

test('pre-releases count only when requested or named', () => {
  expect(isPrerelease('1.0.dev1')).toBe(true);
  expect(satisfies('1.0rc1', '', finalsOnly)).toBe(false);
  expect(satisfies('1.0rc1', '>=0.9', finalsOnly)).toBe(false);
  expect(satisfies('1.0rc1', '>=1.0rc1', finalsOnly)).toBe(true);
  expect(satisfies('1.0rc1', '!=1.0rc2', finalsOnly)).toBe(false);
  expect(satisfies('1.0rc1', '>=0.9', withPrereleases)).toBe(true);
});

test('pre-releases match when no final version does, as in pip', () => {
  expect(matching(['1.0rc2', '1.0rc1'], '', finalsOnly)).toEqual(['1.0rc2', '1.0rc1']);
  expect(matching(['2.0a1', '1.0'], '>=1', finalsOnly)).toEqual(['1.0']);
  expect(matching(['2.0a1', '1.0'], '>=1', withPrereleases)).toEqual(['2.0a1', '1.0']);
  expect(matching(['2.0a1'], '<1', finalsOnly)).toEqual([]);
});

test.each(['1.0+', '1..0', '', 'v', '1.0.x', '1.0-', '1!', `1.${'0'.repeat(300)}`])('%j is not a version', (text) => {
  expect(isVersion(text)).toBe(false);
});

test.each(['==1.0.dev1.*', '>=1.*', '~=1', '>=1.0+local', '=1.0', '1.0', '== 1.0 2.0', '>=1.0;', 'x'.repeat(9000)])(
  '%j is not a specifier',
  (text) => {
    expect(isSpecifier(text)).toBe(false);
  },
);

test('1,000 versions of 50 projects are filtered within two seconds', () => {
  const versions = Array.from({ length: 1000 }, (_, index) => `${index % 7}.${index}.${index % 5}rc${index % 3}`);
  const start = performance.now();
  for (let project = 0; project < 50; project += 1) matching(versions, `>=1.${project},!=2.3.*,<6`, withPrereleases);
  expect(performance.now() - start).toBeLessThan(2000);
});

test('hostile texts are rejected within a second', () => {
  const start = performance.now();
  for (const text of [`1${'.1'.repeat(100)}x`, `1.0+${'a.'.repeat(120)}!`, '1-'.repeat(120), ' '.repeat(250)])
    isVersion(text);
  isSpecifier(`${'=='.repeat(4000)}`);
  isSpecifier(`${'>=1,'.repeat(2000)}x`);
  expect(performance.now() - start).toBeLessThan(1000);
});
