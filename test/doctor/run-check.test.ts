import { expect, test } from 'vitest';
import { serviceError } from '../../src/aws/service-errors.ts';
import { runCheck } from '../../src/doctor/run-check.ts';

const failure = (name: string): Error => Object.assign(new Error('no'), { name });

test.each([
  ['ResourceNotFoundException', 'check the region, the domain and the account'],
  ['AccessDeniedException', 'request the permission named above'],
  ['ThrottlingException', 'run the same command again in a minute: it resumes the request'],
])('the hint of a check that fails with %s does not name awspip doctor', async (name, hint) => {
  const check = await runCheck('table', () => Promise.reject(serviceError(failure(name), 'table awspip')));
  expect(check).toMatchObject({ state: 'fail', hint });
});
