import { expect, test } from 'vitest';
import { serviceError } from '../../src/aws/service-errors.ts';

const thrown = (name: string) => Object.assign(new Error('the words of AWS'), { name });

test.each([
  ['AccessDeniedException', 'aws-denied', 'denied', '`awspip doctor`'],
  ['ExpiredTokenException', 'credentials-refused', 'denied', '`aws sso login`'],
  ['ThrottlingException', 'aws-throttled', 'unavailable', 'in a minute'],
  ['ResourceNotFoundException', 'aws-absent', 'configuration', 'region'],
  ['InternalServerError', 'aws-unavailable', 'unavailable', 'takes up what was begun'],
])('%s is told apart from the others: %s', (name, code, exit, hint) => {
  const error = serviceError(thrown(name), 'table awspip');
  expect(error).toMatchObject({ code, exit, hint: expect.stringContaining(hint) });
  expect((error as Error).message).toContain('the words of AWS');
});

test('a bug stays one', () => {
  const bug = new TypeError('x is not a function');
  expect(serviceError(bug, 'table awspip')).toBe(bug);
});
