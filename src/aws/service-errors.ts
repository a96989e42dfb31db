import { AwspipError } from '../errors.ts';

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
const absent = new Set(['ResourceNotFoundException', 'StateMachineDoesNotExist', 'StateMachineDeleting']);
const ours = new Set(['ValidationException', 'SerializationException', 'TypeError', 'ReferenceError', 'RangeError']);

/** What an SDK call threw, in our words. `what` names the thing asked: `table awspip`. Bugs of ours stay as they are. */
export function serviceError(error: unknown, what: string): unknown {
  if (error instanceof AwspipError || !(error instanceof Error) || ours.has(error.name)) return error;
  const fact = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  if (denied.has(error.name)) {
    return new AwspipError('aws-denied', `AWS denied access to ${what} (${fact})`, {
      exit: 'denied',
      hint: 'ask for the right that is named there: `awspip doctor` shows what else is missing',
      cause: error,
    });
  }
  if (badCredentials.has(error.name)) {
    return new AwspipError('credentials-refused', `AWS refused the credentials for ${what} (${fact})`, {
      exit: 'denied',
      hint: 'sign in again, for instance with `aws sso login`',
      cause: error,
    });
  }
  if (throttled.has(error.name)) {
    return new AwspipError('aws-throttled', `${what} asks for fewer requests (${fact})`, {
      exit: 'unavailable',
      hint: 'run the same command again in a minute: it takes up what was begun',
      cause: error,
    });
  }
  if (absent.has(error.name)) {
    return new AwspipError('aws-absent', `there is no ${what} (${fact})`, {
      exit: 'configuration',
      hint: 'check region, domain and account of this configuration',
      cause: error,
    });
  }
  return new AwspipError('aws-unavailable', `${what} did not answer (${fact})`, {
    exit: 'unavailable',
    hint: 'run the same command again: it takes up what was begun',
    cause: error,
  });
}
