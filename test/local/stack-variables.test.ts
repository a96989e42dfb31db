import { expect, test } from 'vitest';
import { stackVariables } from '../../src/local/lifecycle/start-detached.ts';

test('the process of the local stack has no credentials in its variables', () => {
  const secrets = {
    AWS_SECRET_ACCESS_KEY: 'x',
    AWSPIP_GITHUB_TOKEN: 'x',
    CODEARTIFACT_AUTH_TOKEN: 'x',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
  };
  expect(stackVariables({ ...secrets, PATH: '/bin', HTTPS_PROXY: 'http://proxy' })).toEqual({
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
  });
});
