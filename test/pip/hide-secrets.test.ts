import { expect, test } from 'vitest';
import { environmentRegion, hideSecrets, secretValues } from '../../src/pip/hide-secrets.ts';

const statOf = (start: string, end: string) => `12 (a) b) c) S ${Array(46).fill('0').join(' ')} ${start} ${end} 0\n`;

test('the region of the environment is read from the fields after the program’s name', () => {
  expect(environmentRegion(statOf('140737488343040', '140737488347136'))).toEqual({
    start: 140737488343040,
    end: 140737488347136,
  });
});

test.each([
  ['a process without an environment', statOf('0', '0')],
  ['an end before the start', statOf('20', '10')],
  ['a size no environment has', statOf('4096', '99999999999')],
  ['an empty file', ''],
])('no region: %s', (_, stat) => {
  expect(environmentRegion(stat)).toBeUndefined();
});

test('only the values of secret variables are found, each to its last byte', () => {
  const text = 'PATH=/bin\0AWS_SECRET_ACCESS_KEY=ü=x\0aws_x=1\0AWS_EMPTY=\0AWS_DONE=***\0NOT\0=AWS_\0AWS_LAST=end';
  const environment = Buffer.from(text);
  const found = secretValues(environment).map(({ offset, length }) =>
    environment.toString('utf8', offset, offset + length),
  );
  expect(found).toEqual(['ü=x', '1', 'end']);
});

test.each(['darwin', 'win32'] as const)('on %s nothing is changed', (platform) => {
  const variables = { AWS_SECRET_ACCESS_KEY: 'x' };
  expect(hideSecrets(variables, platform)).toBe(false);
  expect(variables).toEqual({ AWS_SECRET_ACCESS_KEY: 'x' });
});
