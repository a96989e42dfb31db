import { AwspipError } from '../errors.ts';

/**
 * What kept credentials from being found, in our words; what is no matter of credentials is given back as it is.
 *
 * The SDK tells its cases apart by their message alone.
 */
export function credentialError(error: unknown, profile: string | undefined): unknown {
  if (!(error instanceof Error) || error instanceof AwspipError) return error;
  const named = profile === undefined ? '' : ` of the AWS profile \`${profile}\``;
  const flag = profile === undefined ? '' : ` --profile ${profile}`;
  const fact = firstLine(error);
  const denied = (code: string, message: string, hint: string) =>
    new AwspipError(code, message, { exit: 'denied', hint, cause: error });
  if (/aws login/.test(fact)) {
    return denied('login-expired', `the session${named} is not there or has expired`, `run \`aws login${flag}\``);
  }
  if (/\bsso\b|token is expired|UnauthorizedException/i.test(fact)) {
    return denied('sso-expired', `the AWS SSO session${named} has expired`, `run \`aws sso login${flag}\``);
  }
  if (/could not load credentials from any/i.test(fact) || /could not resolve credentials/i.test(fact)) {
    return denied(
      'credentials-missing',
      profile === undefined ? 'no AWS credentials were found' : `the AWS profile \`${profile}\` has no credentials`,
      `run \`aws configure${flag}\` or \`aws sso login${flag}\`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  }
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    return denied('credentials-failed', `the credentials${named} could not be had: ${fact}`, 'correct ~/.aws/config');
  }
  return error;
}

/** AssumeRole's own refusals. */
export function roleError(error: unknown, role: string): unknown {
  if (!(error instanceof Error) || error instanceof AwspipError) return error;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === undefined || status >= 500) return error;
  return new AwspipError('role-denied', `AWS did not let you take the role ${role}: ${firstLine(error)}`, {
    exit: 'denied',
    hint: 'check `role_arn`, `source_profile`, `external_id` and the MFA code of the profile in ~/.aws/config',
    cause: error,
  });
}

function firstLine({ message }: Error): string {
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
