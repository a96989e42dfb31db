import { expect, test } from 'vitest';
import { outputError } from '../src/errors.ts';

const withCode = (code: string) => Object.assign(new Error('write'), { code });

test('output that cannot be written has a hint that fits the cause', () => {
  expect(outputError('stdout', withCode('ENOSPC'))).toMatchObject({
    exitCode: 78,
    message: 'cannot write the output to stdout: ENOSPC',
    hint: expect.stringContaining('free disk space'),
  });
  for (const code of ['ENOENT', 'EACCES', 'EISDIR']) {
    expect(outputError('`vet.txt`', withCode(code)).hint).toContain('existing folder');
  }
  expect(outputError('stdout', undefined).message).toBe('cannot write the output to stdout');
});
