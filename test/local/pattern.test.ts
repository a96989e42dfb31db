import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../src/local/events/pattern.ts';
import { transformInput } from '../../src/local/events/transform.ts';

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

describe('event patterns', () => {
  it.each<[string, object, boolean]>([
    ['an exact value', { userAgent: ['pip/26.0'] }, true],
    ['another exact value', { userAgent: ['pip/25.0'] }, false],
    ['one of several values', { userAgent: ['x', 'pip/26.0'] }, true],
    ['null', { nothing: [null] }, true],
    ['a value of a list', { tags: ['b'] }, true],
    ['a value that no list holds', { tags: ['c'] }, false],
    ['a prefix', { userAgent: [{ prefix: 'pip/' }] }, true],
    ['another prefix', { userAgent: [{ prefix: 'awspip/' }] }, false],
    ['a suffix', { userAgent: [{ suffix: '26.0' }] }, true],
    ['case left out', { userAgent: [{ 'equals-ignore-case': 'PIP/26.0' }] }, true],
    ['anything but a value', { userAgent: [{ 'anything-but': 'pip/26.0' }] }, false],
    ['anything but several values', { userAgent: [{ 'anything-but': ['x', 'y'] }] }, true],
    ['anything but a prefix', { userAgent: [{ 'anything-but': { prefix: 'awspip/' } }] }, true],
    ['anything but the prefix that it has', { userAgent: [{ 'anything-but': { prefix: 'pip' } }] }, false],
    ['anything but a field that is not there', { missing: [{ 'anything-but': 'x' }] }, false],
    ['a field that is there', { errorCode: [{ exists: true }] }, true],
    ['a field that is not there', { missing: [{ exists: true }] }, false],
    ['the absence of a field', { missing: [{ exists: false }] }, true],
    ['the absence of a field that is there', { errorCode: [{ exists: false }] }, false],
    ['a field below', { nested: { x: [1] } }, true],
    ['a field below what is no object', { userAgent: { x: [1] } }, false],
    ['two fields, of which one differs', { userAgent: ['pip/26.0'], errorCode: ['Other'] }, false],
    ['one of two alternatives', { $or: [{ errorCode: ['Other'] }, { userAgent: [{ prefix: 'pip' }] }] }, true],
  ])('match %s: %j → %s', (_what, detail, expected) => {
    expect(matches(detail)).toBe(expected);
  });

  it('fail on comparisons that are not imitated, rather than mean something else', () => {
    expect(() => matches({ userAgent: [{ wildcard: '*' }] })).toThrow('`wildcard` is not imitated');
  });
});

describe('input transformers', () => {
  const input = (InputTemplate: string) =>
    JSON.parse(
      transformInput(event, {
        InputPathsMap: { agent: '$.detail.userAgent', tags: '$.detail.tags', none: '$.none' },
        InputTemplate,
      }),
    );

  it('put values in as JSON, inside quotes as text, and nothing for what is not there', () => {
    expect(input('{"a": <agent>, "b": "by <agent>", "c": <tags>, "d": <none>, "e": "<other>"}')).toEqual({
      a: 'pip/26.0',
      b: 'by pip/26.0',
      c: ['a', 'b'],
      d: '',
      e: '<other>',
    });
  });

  it('cannot be broken out of by a hostile value', () => {
    const hostile = { detail: { userAgent: '", "package": "evil\\' } };
    const made = transformInput(hostile, {
      InputPathsMap: { agent: '$.detail.userAgent' },
      InputTemplate: '{"a": <agent>, "b": "said: <agent>"}',
    });
    expect(JSON.parse(made)).toEqual({ a: '", "package": "evil\\', b: 'said: ", "package": "evil\\' });
  });
});
