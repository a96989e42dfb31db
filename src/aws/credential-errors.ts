import { AwspipError } from '../errors.ts';

/**
 * Returns an AwspipError (exit code 77) if the SDK found no valid credentials, and any other error unchanged.
 *
 * The SDK uses one error class for all these cases, so the message decides.
 */
export function credentialError(error: unknown, profile: string | undefined): unknown {
  if (!(error instanceof Error) || error instanceof AwspipError) return error;
  const ofProfile = profile === undefined ? '' : ` of the AWS profile \`${profile}\``;
  const flag = profile === undefined ? '' : ` --profile ${profile}`;
  const reason = firstLine(error);
  const denied = (code: string, message: string, hint: string) =>
    new AwspipError(code, message, { exit: 'denied', hint, cause: error });
  if (/aws login/.test(reason)) {
    return denied('login-expired', `the session${ofProfile} is missing or has expired`, `run \`aws login${flag}\``);
  }
  if (/\bsso\b|token is expired|UnauthorizedException/i.test(reason)) {
    return denied('sso-expired', `the AWS SSO session${ofProfile} has expired`, `run \`aws sso login${flag}\``);
  }
  if (/could not load credentials from any/i.test(reason) || /could not resolve credentials/i.test(reason)) {
    return denied(
      'credentials-missing',
      profile === undefined ? 'no AWS credentials found' : `the AWS profile \`${profile}\` has no credentials`,
      `run \`aws configure${flag}\` or \`aws sso login${flag}\`, or set \`AWS_ACCESS_KEY_ID\` and \`AWS_SECRET_ACCESS_KEY\``,
    );
  }
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    return denied(
      'credentials-failed',
      `cannot load the credentials${ofProfile}: ${reason}`,
      'correct the profile in `~/.aws/config`',
    );
  }
  return error;
}

/** Returns an AwspipError (exit code 77) if AssumeRole answered a client error (4xx), and any other error unchanged. */
export function roleError(error: unknown, role: string): unknown {
  if (!(error instanceof Error) || error instanceof AwspipError) return error;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === undefined || status >= 500) return error;
  return new AwspipError('role-denied', `AWS refused to assume the role \`${role}\`: ${firstLine(error)}`, {
    exit: 'denied',
    hint: 'check `role_arn`, `source_profile`, `external_id` and `mfa_serial` of the profile in `~/.aws/config`',
    cause: error,
  });
}

function firstLine({ message }: Error): string {
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
