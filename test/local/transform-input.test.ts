import { describe, expect, it } from 'vitest';
import { transformInput } from '../../src/local/events/transform-input.ts';

const event = { detail: { userAgent: 'pip/26.0', tags: ['a', 'b'] } };

describe('transformInput', () => {
  const input = (InputTemplate: string) =>
    JSON.parse(
      transformInput(event, {
        InputPathsMap: { agent: '$.detail.userAgent', tags: '$.detail.tags', none: '$.none' },
        InputTemplate,
      }),
    );

  it('inserts values as JSON, as text inside quotes, and as an empty string when the path has no value', () => {
    expect(input('{"a": <agent>, "b": "by <agent>", "c": <tags>, "d": <none>, "e": "<other>"}')).toEqual({
      a: 'pip/26.0',
      b: 'by pip/26.0',
      c: ['a', 'b'],
      d: '',
      e: '<other>',
    });
  });

  it('escapes a malicious value', () => {
    const malicious = { detail: { userAgent: '", "package": "evil\\' } };
    const input = transformInput(malicious, {
      InputPathsMap: { agent: '$.detail.userAgent' },
      InputTemplate: '{"a": <agent>, "b": "by <agent>"}',
    });
    expect(JSON.parse(input)).toEqual({ a: '", "package": "evil\\', b: 'by ", "package": "evil\\' });
  });
});
