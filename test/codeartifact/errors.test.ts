import { expect, test } from 'vitest';
import { translateError } from '../../src/codeartifact/errors.ts';
import { AwspipError } from '../../src/errors.ts';

const doing = { action: 'GetAuthorizationToken', domain: 'acme', domainOwner: '111122223333', profile: 'dev' };

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
    'aws configure list-profiles',
  ],
  [
    'CredentialsProviderError',
    'Profile dev requires multi-factor authentication, but no MFA code callback was provided.',
    'denied',
    'temporary credentials',
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
] as const)('%s (%s) ends as %s and says the way out', (name, message, exit, hint) => {
  const error = translateError(sdkError(name, message), doing) as AwspipError;
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
])('$name $message $code is unavailable', (error) => {
  expect((translateError(error, doing) as AwspipError).exit).toBe('unavailable');
});

test('the message names domain, account and repository', () => {
  const error = sdkError('ResourceNotFoundException', 'Repository not found');
  const { message } = translateError(error, { ...doing, repository: 'secure-pypi' }) as AwspipError;
  expect(message).toContain('repository `secure-pypi` in domain `acme` of account 111122223333');
});

test('a bug stays a bug, and an error in our words stays as it is', () => {
  const bug = new TypeError('x is not a function');
  expect(translateError(bug, doing)).toBe(bug);
  const ours = new AwspipError('some-code', 'said', { exit: 'usage' });
  expect(translateError(ours, doing)).toBe(ours);
});
