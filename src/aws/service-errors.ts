import { AwspipError } from '../errors.ts';
import { networkHint } from '../network-hint.ts';

const denied = new Set(['AccessDeniedException', 'AccessDenied']);
const badCredentials = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'ExpiredToken',
  'MissingAuthenticationTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'CredentialsProviderError',
  'TokenProviderError',
]);
const throttled = new Set(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded']);
const notFound = new Set(['ResourceNotFoundException', 'StateMachineDoesNotExist', 'StateMachineDeleting']);
const bugs = new Set(['ValidationException', 'SerializationException', 'TypeError', 'ReferenceError', 'RangeError']);

/**
 * Returns an AwspipError for an error thrown by an SDK call, and a bug (such as a TypeError) unchanged. `resource` names
 * the target in the message: `table awspip`.
 */
export function serviceError(error: unknown, resource: string): unknown {
  if (error instanceof AwspipError || !(error instanceof Error) || bugs.has(error.name)) return error;
  const reason = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  if (denied.has(error.name)) {
    return new AwspipError('aws-denied', `AWS denied access to ${resource} (${reason})`, {
      exit: 'denied',
      hint: 'request the permission named above; run `awspip doctor` to check all permissions',
      cause: error,
    });
  }
  if (badCredentials.has(error.name)) {
    return new AwspipError('credentials-refused', `AWS rejected the credentials for ${resource} (${reason})`, {
      exit: 'denied',
      hint: 'sign in again, for example with `aws sso login`',
      cause: error,
    });
  }
  if (throttled.has(error.name)) {
    return new AwspipError('aws-throttled', `AWS throttles requests to ${resource} (${reason})`, {
      exit: 'unavailable',
      hint: 'run the same command again in a minute: it resumes the request',
      cause: error,
    });
  }
  if (notFound.has(error.name)) {
    return new AwspipError('aws-absent', `${resource} does not exist (${reason})`, {
      exit: 'configuration',
      hint: 'check the region, the domain and the account, or run `awspip doctor`',
      cause: error,
    });
  }
  return new AwspipError('aws-unavailable', `${resource} is unavailable (${reason})`, {
    exit: 'unavailable',
    hint: networkHint(error) ?? 'run the same command again: it resumes the request',
    cause: error,
  });
}
