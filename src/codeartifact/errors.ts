import { AwspipError } from '../errors.ts';

/** What was being done when AWS refused, for the message. */
export type Doing = {
  /** API action: `GetAuthorizationToken`. */
  readonly action: string;
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository?: string | undefined;
  /** AWS profile in use, for the hint. */
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
const unreachable =
  /^(ECONN\w+|E?HOST\w+|ENETUNREACH|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|UND_ERR_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/;

/** Runs one call to AWS; what it throws for reasons of the world becomes an AwspipError, what is a bug stays one. */
export async function withAwsErrors<T>(doing: Doing, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateError(error, doing);
  }
}

/** An SDK error in our words: 77 denied, 69 unavailable, 78 configuration. An unknown one is given back as it is. */
export function translateError(error: unknown, doing: Doing): unknown {
  if (!(error instanceof Error) || error instanceof AwspipError) return error;
  return (
    credentialsError(error, doing) ??
    configurationError(error, doing) ??
    availabilityError(error as SdkError, doing) ??
    error
  );
}

function credentialsError(error: Error, doing: Doing): AwspipError | undefined {
  const profile = doing.profile === undefined ? '' : ` --profile ${doing.profile}`;
  const fail = (code: string, message: string, hint: string) =>
    new AwspipError(code, message, { exit: 'denied', hint, cause: error });
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    if (/could not resolve credentials using profile|profile .* (could not be|was not) found/i.test(error.message)) {
      const which = doing.profile === undefined ? 'the AWS profile' : `the AWS profile \`${doing.profile}\``;
      return fail(
        'profile-unknown',
        `${which} has no credentials`,
        '`aws configure list-profiles` lists those there are',
      );
    }
    if (/\bsso\b|token is expired/i.test(error.message)) {
      return fail('sso-expired', 'the AWS SSO session has expired', `sign in again: \`aws sso login${profile}\``);
    }
    if (/multi-factor|mfa/i.test(error.message)) {
      return fail('mfa-needed', 'the AWS profile needs an MFA code', 'put temporary credentials into the environment');
    }
    return fail(
      'credentials-missing',
      `no AWS credentials were found: ${firstLine(error)}`,
      `set some up: \`aws configure${profile}\``,
    );
  }
  if (badCredentials.has(error.name)) {
    const message = `AWS refused the credentials (${error.name})`;
    return fail(
      'credentials-refused',
      message,
      `sign in again; \`aws sts get-caller-identity${profile}\` shows as whom`,
    );
  }
  if (denied.has(error.name) || (error as SdkError).$metadata?.httpStatusCode === 403) {
    const rights =
      doing.action === 'GetAuthorizationToken'
        ? 'codeartifact:GetAuthorizationToken and sts:GetServiceBearerToken'
        : `codeartifact:${doing.action}`;
    const message = `AWS denied ${doing.action} on ${describeRepository(doing)}: ${firstLine(error)}`;
    return fail('access-denied', message, `these credentials need the right to ${rights}`);
  }
  return undefined;
}

const whereToLook = 'check domain, domain owner, repository and region; `awspip doctor` shows what is set, and where';

function configurationError(error: Error, doing: Doing): AwspipError | undefined {
  const fail = (code: string, message: string, hint: string) =>
    new AwspipError(code, message, { exit: 'configuration', hint, cause: error });
  if (error.message === 'Region is missing') {
    return fail('region-missing', 'no AWS region is set', 'set AWS_REGION, or a region in the AWS profile');
  }
  if (error.name === 'ResourceNotFoundException') {
    const message = `CodeArtifact knows no ${describeRepository(doing)}: ${firstLine(error)}`;
    return fail('repository-unknown', message, whereToLook);
  }
  if (error.name === 'ValidationException') {
    const message = `CodeArtifact cannot take ${doing.action} on ${describeRepository(doing)}: ${firstLine(error)}`;
    return fail('aws-settings-invalid', message, whereToLook);
  }
  return undefined;
}

function availabilityError(error: SdkError, doing: Doing): AwspipError | undefined {
  const fail = (code: string, message: string, when = 'in a while') =>
    new AwspipError(code, message, {
      exit: 'unavailable',
      hint: `nothing was lost: run the same command again ${when}`,
      cause: error,
    });
  const status = error.$metadata?.httpStatusCode;
  if (throttled.has(error.name) || status === 429) {
    return fail('aws-throttled', `CodeArtifact asks for fewer requests (${doing.action})`, 'in a minute');
  }
  const code = typeof error.code === 'string' ? error.code : error.name;
  if (unreachable.test(code) || error.name === 'TimeoutError') {
    return fail('aws-unreachable', `CodeArtifact cannot be reached for ${doing.action}: ${firstLine(error) || code}`);
  }
  if (status !== undefined) {
    return fail(
      'aws-failed',
      `CodeArtifact failed ${doing.action} on ${describeRepository(doing)}: ${error.name} (${status})`,
    );
  }
  return undefined;
}

function describeRepository({ domain, domainOwner, repository }: Doing): string {
  const owner = domainOwner === undefined ? '' : ` of account ${domainOwner}`;
  return `${repository === undefined ? '' : `repository \`${repository}\` in `}domain \`${domain}\`${owner}`;
}

function firstLine(error: Error): string {
  return error.message.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
