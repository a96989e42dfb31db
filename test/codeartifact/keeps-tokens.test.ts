import { expect, test } from 'vitest';
import { keepsTokens } from '../../src/codeartifact/keeps-tokens.ts';

const auto = { tokenCache: 'auto', profile: undefined } as const;
const named = { tokenCache: 'auto', profile: 'dev' } as const;

test.each([
  ['no variable: the default profile', auto, {}, true],
  ['a profile from `AWS_PROFILE`', auto, { AWS_PROFILE: 'dev' }, true],
  ['a profile from the settings, which precedes access keys', named, { AWS_ACCESS_KEY_ID: 'AKIA' }, true],
  ['access keys, which precede `AWS_PROFILE`', auto, { AWS_ACCESS_KEY_ID: 'AKIA', AWS_PROFILE: 'dev' }, false],
  ['a web identity', auto, { AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }, false],
  ['a container', auto, { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2' }, false],
  ['CI, also with a profile', named, { CI: 'true' }, false],
  ['`CI=false`', auto, { CI: 'false' }, true],
  ['`on`, also in CI', { ...auto, tokenCache: 'on' }, { CI: 'true' }, true],
  ['`off`', { ...named, tokenCache: 'off' }, {}, false],
] as const)('tokens on disk: %s', (_, settings, environment, expected) => {
  expect(keepsTokens(settings, environment)).toBe(expected);
});
