import { expect, test } from 'vitest';
import { jsonDocument, jsonLine } from '../../src/cli/json-document.ts';
import { hostileText, steeringCharacters } from './recording-terminal.ts';

test('values from outside neither steer the terminal nor the build server, and arrive unchanged', () => {
  const value = { name: `${hostileText}\u202e\u2028`, '##[key]': ['\\\u009b'] };
  for (const text of [jsonDocument(value), jsonLine(value)]) {
    expect(text).not.toMatch(steeringCharacters);
    expect(text).not.toMatch(/[\u2028\u202e]/);
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual(value);
  }
  expect(jsonLine(value).trimEnd()).not.toContain('\n');
});
