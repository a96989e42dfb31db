import { expect, test } from 'vitest';
import { translateError } from '../../src/codeartifact/errors.ts';
import { AwspipError } from '../../src/errors.ts';

const call = { action: 'GetAuthorizationToken', domain: 'acme', domainOwner: '111122223333', profile: 'dev' };

function sdkError(name: string, message = '', extra: object = {}): Error {
  return Object.assign(new Error(message), { name }, extra);
}

test.each([
  [
    'CredentialsProviderError',
    'Could not load credentials from any providers',
    'denied',
    'aws configure --profile dev',
  ],
  [
    'CredentialsProviderError',
    'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.',
    'denied',
    'aws sso login --profile dev',
  ],
  [
    'TokenProviderError',
    "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
    'denied',
    'aws sso login --profile dev',
  ],
  [
    'CredentialsProviderError',
    'Could not resolve credentials using profile: [dev] in configuration/credentials file(s).',
    'denied',
    'aws configure --profile dev',
  ],
  [
    'CredentialsProviderError',
    'Profile dev requires multi-factor authentication, but no MFA code callback was provided.',
    'denied',
    '~/.aws/config',
  ],
  [
    'ExpiredTokenException',
    'The security token included in the request is expired',
    'denied',
    'aws sts get-caller-identity --profile dev',
  ],
  ['UnrecognizedClientException', '', 'denied', 'aws sts get-caller-identity'],
  ['AccessDeniedException', 'User is not authorized', 'denied', 'sts:GetServiceBearerToken'],
  ['ResourceNotFoundException', 'Domain not found', 'configuration', 'domain'],
  ['ValidationException', 'bad domain', 'configuration', 'domain'],
  ['Error', 'Region is missing', 'configuration', 'AWS_REGION'],
] as const)('%s (%s) has the exit reason %s and a hint', (name, message, exit, hint) => {
  const error = translateError(sdkError(name, message), call) as AwspipError;
  expect(error).toBeInstanceOf(AwspipError);
  expect(error.exit).toBe(exit);
  expect(error.hint).toContain(hint);
});

test.each([
  sdkError('ThrottlingException', 'Rate exceeded', { $metadata: { httpStatusCode: 429 } }),
  sdkError('InternalServerException', '', { $metadata: { httpStatusCode: 500 } }),
  sdkError('TimeoutError', 'socket timed out'),
  sdkError('Error', '', { code: 'ECONNREFUSED' }),
  sdkError('Error', 'getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' }),
])('$name $message $code has the exit reason unavailable', (error) => {
  expect((translateError(error, call) as AwspipError).exit).toBe('unavailable');
});

test('the message contains domain, account and repository', () => {
  const error = sdkError('ResourceNotFoundException', 'Repository not found');
  const { message } = translateError(error, { ...call, repository: 'secure-pypi' }) as AwspipError;
  expect(message).toContain('repository `secure-pypi` in domain `acme` of account 111122223333');
});

test('a bug and an AwspipError are returned unchanged', () => {
  const bug = new TypeError('x is not a function');
  expect(translateError(bug, call)).toBe(bug);
  const known = new AwspipError('some-code', 'a message', { exit: 'usage' });
  expect(translateError(known, call)).toBe(known);
});
