import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../src/local/events/matches-pattern.ts';

const event = {
  source: 'aws.codeartifact',
  detail: {
    errorCode: 'ResourceNotFoundException',
    userAgent: 'pip/26.0',
    tags: ['a', 'b'],
    nothing: null,
    nested: { x: 1 },
  },
};

const matches = (detail: object): boolean => matchesPattern(event, { detail });

describe('matchesPattern', () => {
  it.each<[string, object, boolean]>([
    ['an exact value', { userAgent: ['pip/26.0'] }, true],
    ['another exact value', { userAgent: ['pip/25.0'] }, false],
    ['one of several values', { userAgent: ['x', 'pip/26.0'] }, true],
    ['null', { nothing: [null] }, true],
    ['a value in a list', { tags: ['b'] }, true],
    ['a value that is not in a list', { tags: ['c'] }, false],
    ['a prefix', { userAgent: [{ prefix: 'pip/' }] }, true],
    ['another prefix', { userAgent: [{ prefix: 'awspip/' }] }, false],
    ['a suffix', { userAgent: [{ suffix: '26.0' }] }, true],
    ['a value in another case', { userAgent: [{ 'equals-ignore-case': 'PIP/26.0' }] }, true],
    ['anything but a value', { userAgent: [{ 'anything-but': 'pip/26.0' }] }, false],
    ['anything but several values', { userAgent: [{ 'anything-but': ['x', 'y'] }] }, true],
    ['anything but a prefix', { userAgent: [{ 'anything-but': { prefix: 'awspip/' } }] }, true],
    ['anything but the prefix that it has', { userAgent: [{ 'anything-but': { prefix: 'pip' } }] }, false],
    ['anything but a value, for a missing field', { missing: [{ 'anything-but': 'x' }] }, false],
    ['the existence of a field', { errorCode: [{ exists: true }] }, true],
    ['the existence of a missing field', { missing: [{ exists: true }] }, false],
    ['the absence of a missing field', { missing: [{ exists: false }] }, true],
    ['the absence of a field', { errorCode: [{ exists: false }] }, false],
    ['a nested field', { nested: { x: [1] } }, true],
    ['a nested field of a string', { userAgent: { x: [1] } }, false],
    ['two fields, one of which differs', { userAgent: ['pip/26.0'], errorCode: ['Other'] }, false],
    ['one of two alternatives', { $or: [{ errorCode: ['Other'] }, { userAgent: [{ prefix: 'pip' }] }] }, true],
  ])('checks %s: %j → %s', (_description, detail, expected) => {
    expect(matches(detail)).toBe(expected);
  });

  it('throws for an operator that is not supported', () => {
    expect(() => matches({ userAgent: [{ wildcard: '*' }] })).toThrow('does not support `wildcard`');
  });
});
