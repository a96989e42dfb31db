import { describe, expect, test } from 'vitest';
import { ExcessiveMetadata, isReliable, parseCoreMetadata, parseRequirements } from '../../src/index/core-metadata.ts';
import { showRequirement } from '../../src/index/requirement.ts';
import { parsePyproject } from '../../src/workflow/resolver/pyproject.ts';
import { parseRequiresTxt } from '../../src/workflow/resolver/requires-txt.ts';

test('like in Python, a blank line inside a folded field does not end the header', () => {
  const text =
    'Metadata-Version: 2.1\r\nName: a\r\nLicense: first\r\n        \r\n        last\r\nRequires-Dist: b\r\n\r\nRequires-Dist: c\r\n';
  expect(parseCoreMetadata(text)).toMatchObject({ name: 'a', requiresDist: ['b'] });
});

test('the header ends at a line that is not a field', () => {
  expect(parseCoreMetadata('Name: a\nsome prose\nRequires-Dist: b\n').requiresDist).toEqual([]);
});

test('field names are case-insensitive, and a byte order mark is skipped', () => {
  expect(parseCoreMetadata('\uFEFFNAME: a\nrequires-DIST: b\n')).toMatchObject({ name: 'a', requiresDist: ['b'] });
});

test.each([
  ['Metadata-Version: 2.1\n', false],
  ['Metadata-Version: 2.2\n', true],
  ['Metadata-Version: 2.10\n', true],
  ['Metadata-Version: 3.0\n', true],
  ['Metadata-Version: nonsense\n', false],
  ['Metadata-Version: 2.4\nDynamic: Requires-Dist\n', false],
  ['Metadata-Version: 2.4\nDynamic: Version\n', true],
  ['', false],
])('dependencies in %j are reliable: %s', (text, expected) => {
  expect(isReliable(parseCoreMetadata(text))).toBe(expected);
});

test('an invalid requirement keeps its name and marker, and gets a note', () => {
  const { requirements, notes } = parseRequirements(['a (>=1.0.*)', 'b >=1.*; extra == "x"', 'c>=1', '???']);
  expect(requirements.map(showRequirement)).toEqual(['a', 'b; extra == "x"', 'c>=1']);
  expect(notes).toEqual([
    'invalid requirement `a (>=1.0.*)`',
    'invalid requirement `b >=1.*; extra == "x"`',
    'invalid requirement `???`',
  ]);
});

describe('excessive metadata', () => {
  const many = (count: number, line: string) => Array(count).fill(line);

  test.each([
    ['10,001 requirements', () => parseRequirements(many(10_001, 'a'))],
    ['requirements of more than 1 MiB', () => parseRequirements(many(200, 'x'.repeat(8000)))],
    ['a header of more than 4 MiB', () => parseCoreMetadata(`Name: a\n${' folded line\n'.repeat(400_000)}`)],
    ['a large requires.txt', () => parseRequiresTxt('a\n'.repeat(600_000))],
    ['markers that are added to many lines', () => parseRequiresTxt(`[:${'x'.repeat(5000)}]\n${'a\n'.repeat(500)}`)],
    ['a large pyproject.toml', () => parsePyproject('#\n'.repeat(600_000))],
  ])('with %s is an error', (_, parse) => {
    expect(parse).toThrow(ExcessiveMetadata);
  });

  test('is no long description, and the description is not searched', () => {
    const text = `Name: a\nRequires-Dist: b\n\n${'Requires-Dist: c\n'.repeat(500_000)}`;
    expect(parseCoreMetadata(text).requiresDist).toEqual(['b']);
  });

  test('adds at most twenty notes about invalid requirements', () => {
    const { requirements, notes } = parseRequirements(many(10_000, 'foo (>=1.0.*)'));
    expect([requirements.length, notes.length]).toEqual([10_000, 20]);
  });
});
