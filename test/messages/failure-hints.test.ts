import { expect, test } from 'vitest';
import { failureHints } from '../../src/cli/problem-hints.ts';

test.each([
  ['the policy file s3://policies/policy.json is gone, so nothing is assessed', 'upload a valid policy file'],
  ['the policy file is not valid: line 1, column 1: a policy must be an object', 'upload a valid policy file'],
  ['the policy file cannot be read (TimeoutError)', 'run the same command again'],
  ['demo 1.0: the copy failed', 'run the same command again'],
])('a vetting that failed because of `%s` has the hint to %s', (cause, hint) => {
  expect(failureHints(cause)[0]).toContain(hint);
});
