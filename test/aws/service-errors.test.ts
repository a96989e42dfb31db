import { expect, test } from 'vitest';
import { serviceError } from '../../src/aws/service-errors.ts';

const sdkError = (name: string) => Object.assign(new Error('the message of AWS'), { name });

test.each([
  ['AccessDeniedException', 'aws-denied', 'denied', '`awspip doctor`'],
  ['ExpiredTokenException', 'credentials-refused', 'denied', '`aws sso login`'],
  ['ThrottlingException', 'aws-throttled', 'unavailable', 'in a minute'],
  ['ResourceNotFoundException', 'aws-absent', 'configuration', 'region'],
  ['InternalServerError', 'aws-unavailable', 'unavailable', 'resumes the request'],
])('%s becomes %s', (name, code, exit, hint) => {
  const error = serviceError(sdkError(name), 'table awspip');
  expect(error).toMatchObject({ code, exit, hint: expect.stringContaining(hint) });
  expect((error as Error).message).toContain('the message of AWS');
});

test('a bug is returned unchanged', () => {
  const bug = new TypeError('x is not a function');
  expect(serviceError(bug, 'table awspip')).toBe(bug);
});
