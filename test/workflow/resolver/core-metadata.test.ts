import { expect, test } from 'vitest';
import { showRequirement } from '../../../src/index/requirement.ts';
import { isReliable, parseCoreMetadata, parseRequirements } from '../../../src/workflow/resolver/core-metadata.ts';

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
