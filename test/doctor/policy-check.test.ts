import { expect, test } from 'vitest';
import { validPolicy } from '../../src/doctor/policy-check.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';

const file = 's3://policies/policy.json';

test('a valid policy file is named', () => {
  expect(validPolicy(file, JSON.stringify(recommendedPolicy))).toBe(file);
});

test.each([
  ['an empty file', ''],
  ['a text that is no policy', 'policy recommended\n\npoints\n'],
  ['a key that no policy has', '{"name":"x","blocked":["evil"]}'],
  ['a file above the limit', `{"name":"x"}${' '.repeat(1_048_577)}`],
])('%s is reported with its address and what stops', (_, text) => {
  expect(() => validPolicy(file, text)).toThrow(
    expect.objectContaining({
      code: 'policy-invalid',
      message: expect.stringMatching(/^s3:\/\/policies\/policy\.json is not valid, so nothing is assessed: \S[^\n]*$/),
    }),
  );
});
