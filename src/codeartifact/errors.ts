import { credentialError } from '../aws/credential-errors.ts';
import { AwspipError } from '../errors.ts';
import { isNetworkError, networkHint } from '../network-hint.ts';

/** One call to CodeArtifact, as error messages describe it. */
export type AwsCall = {
  /** The API action, such as `GetAuthorizationToken`. */
  readonly action: string;
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository?: string | undefined;
  /** The AWS profile in use, for the hint. */
  readonly profile?: string | undefined;
};

type SdkError = Error & { readonly $metadata?: { readonly httpStatusCode?: number }; readonly code?: unknown };

const denied = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation']);
const badCredentials = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const throttled = new Set(['ThrottlingException', 'TooManyRequestsException', 'ServiceQuotaExceededException']);
/** Codes of failed connections for which there is no hint of their own. */
const unreachable = /^(ECONN\w+|E?HOST\w+|ENET\w+|UND_ERR_\w+)$/;

/** Makes one call to CodeArtifact and throws its errors as `translateError` returns them. */
export async function withAwsErrors<T>(call: AwsCall, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw translateError(error, call);
  }
}

/** Returns an AwspipError with exit code 69, 77 or 78 for an SDK error, and any other error unchanged. */
export function translateError(error: unknown, call: AwsCall): unknown {
  if (!(error instanceof Error) || error instanceof AwspipError) return error;
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    return credentialError(error, call.profile);
  }
  return (
    accessError(error, call) ?? configurationError(error, call) ?? availabilityError(error as SdkError, call) ?? error
  );
}

function accessError(error: Error, call: AwsCall): AwspipError | undefined {
  const fail = (code: string, message: string, hint: string) =>
    new AwspipError(code, message, { exit: 'denied', hint, cause: error });
  if (badCredentials.has(error.name)) {
    const flag = call.profile === undefined ? '' : ` --profile ${call.profile}`;
    return fail(
      'credentials-refused',
      `AWS rejected the credentials (${error.name})`,
      `sign in again; \`aws sts get-caller-identity${flag}\` shows the identity in use`,
    );
  }
  if (denied.has(error.name) || (error as SdkError).$metadata?.httpStatusCode === 403) {
    const permissions =
      call.action === 'GetAuthorizationToken'
        ? 'the permissions `codeartifact:GetAuthorizationToken` and `sts:GetServiceBearerToken`'
        : `the permission \`codeartifact:${call.action}\``;
    const message = `AWS denied ${call.action} on ${describeRepository(call)}: ${firstLine(error)}`;
    return fail('access-denied', message, `request ${permissions} for these credentials`);
  }
  return undefined;
}

const checkSettings =
  'check domain, domain owner, repository and region; `awspip doctor` shows their values and sources';

function configurationError(error: Error, call: AwsCall): AwspipError | undefined {
  const fail = (code: string, message: string, hint: string) =>
    new AwspipError(code, message, { exit: 'configuration', hint, cause: error });
  if (error.message === 'Region is missing') {
    return fail('region-missing', 'no AWS region is set', 'set `AWS_REGION`, or `region` in the AWS profile');
  }
  if (error.name === 'ResourceNotFoundException') {
    const message = `CodeArtifact has no ${describeRepository(call)}: ${firstLine(error)}`;
    return fail('repository-unknown', message, checkSettings);
  }
  if (error.name === 'ValidationException') {
    const message = `CodeArtifact rejected ${call.action} on ${describeRepository(call)}: ${firstLine(error)}`;
    return fail('aws-settings-invalid', message, checkSettings);
  }
  return undefined;
}

function availabilityError(error: SdkError, call: AwsCall): AwspipError | undefined {
  const fail = (code: string, message: string, when = 'in a few minutes') =>
    new AwspipError(code, message, {
      exit: 'unavailable',
      hint: networkHint(error) ?? `run the same command again ${when}`,
      cause: error,
    });
  const status = error.$metadata?.httpStatusCode;
  if (throttled.has(error.name) || status === 429) {
    return fail('aws-throttled', `CodeArtifact throttles requests (${call.action})`, 'in a minute');
  }
  const code = typeof error.code === 'string' ? error.code : error.name;
  if (isNetworkError(error) || unreachable.test(code)) {
    return fail('aws-unreachable', `cannot reach CodeArtifact for ${call.action}: ${firstLine(error) || code}`);
  }
  if (status !== undefined) {
    return fail(
      'aws-failed',
      `CodeArtifact failed to process ${call.action} on ${describeRepository(call)}: ${error.name} (${status})`,
    );
  }
  return undefined;
}

function describeRepository({ domain, domainOwner, repository }: AwsCall): string {
  const owner = domainOwner === undefined ? '' : ` of account ${domainOwner}`;
  return `${repository === undefined ? '' : `repository \`${repository}\` in `}domain \`${domain}\`${owner}`;
}

function firstLine(error: Error): string {
  return error.message.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
