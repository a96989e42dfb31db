import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, Logger } from '@smithy/types';
import { AwspipError } from '../errors.ts';
import { credentialError, roleError } from './credential-errors.ts';
import type { Profile, Variables } from './profile.ts';
import type { requestHandler } from './request-handler.ts';
import type { RoleCache, RoleQuestion } from './role-cache.ts';

export type CredentialParts = {
  readonly environment: Variables;
  readonly profile: Profile;
  readonly region: string | undefined;
  readonly requestHandler: ReturnType<typeof requestHandler>;
  readonly cache: RoleCache;
  /** Asks a person for the code of an MFA device. */
  readonly askCode: (serial: string) => Promise<string>;
};

/** As the SDK calls it. */
type RoleParameters = RoleQuestion & { readonly TokenCode?: string | undefined };

/**
 * Credentials in the AWS CLI's order: a profile asked for by name, else access keys in the environment, else the
 * profile of `AWS_PROFILE`, else the rest of the SDK's chain.
 *
 * @throws {AwspipError} when called: those of `credential-errors.ts`, `credentials-incomplete` (denied).
 */
export function credentialProvider(parts: CredentialParts): AwsCredentialIdentityProvider {
  const { environment, profile } = parts;
  const keys = profile.explicit ? undefined : environmentKeys(environment);
  if (keys !== undefined) return async () => keys;
  let chain: Promise<AwsCredentialIdentityProvider> | undefined;
  return async (properties) => {
    chain ??= openChain(parts);
    try {
      return await (await chain)(properties);
    } catch (error) {
      throw credentialError(error, profile.name);
    }
  };
}

function environmentKeys(environment: Variables): AwsCredentialIdentity | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) {
    const missing = accessKeyId ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID';
    throw new AwspipError('credentials-incomplete', `half of the AWS credentials is set: ${missing} is missing`, {
      exit: 'denied',
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither',
    });
  }
  const { AWS_SESSION_TOKEN: sessionToken, AWS_CREDENTIAL_EXPIRATION: ends } = environment;
  const expiration = new Date(ends ?? '');
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(!Number.isNaN(expiration.getTime()) && { expiration }),
  };
}

async function openChain(parts: CredentialParts): Promise<AwsCredentialIdentityProvider> {
  const { profile, region, requestHandler } = parts;
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider({
    ...(profile.name !== undefined && { profile: profile.name }),
    // STS and SSO are reached as everything else is.
    clientConfig: { requestHandler },
    parentClientConfig: { requestHandler, ...(region !== undefined && { region }) },
    logger: silent,
    // Asked for later, when the cache turns out to hold no session.
    mfaCodeProvider: async () => '',
    roleAssumer: (source, question) => assumeRole(parts, source, question as RoleParameters),
  });
}

/** The SDK warns where keys and a profile are both there; we have chosen knowingly. */
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

async function assumeRole(
  { profile, region, requestHandler, cache, askCode }: CredentialParts,
  source: AwsCredentialIdentity,
  { TokenCode: _, ...given }: RoleParameters,
): Promise<AwsCredentialIdentity> {
  const question = asTheCliAsks(given, profile);
  const known = await cache.read(question);
  if (known !== undefined) return known;
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const where = region ?? profile.values.region ?? 'us-east-1';
  const client = new STSClient({ region: where, requestHandler, credentials: source });
  const code = given.SerialNumber === undefined ? {} : { TokenCode: await askCode(given.SerialNumber) };
  try {
    const sent = { ...question, RoleSessionName: given.RoleSessionName ?? 'awspip', ...code };
    const { Credentials: got } = await client.send(new AssumeRoleCommand(sent));
    const credentials = {
      accessKeyId: got?.AccessKeyId ?? '',
      secretAccessKey: got?.SecretAccessKey ?? '',
      sessionToken: got?.SessionToken ?? '',
      expiration: got?.Expiration ?? new Date(0),
    };
    await cache.write(question, credentials);
    return credentials;
  } catch (error) {
    throw roleError(error, given.RoleArn);
  }
}

/** Without what the SDK fills in, which is no part of the CLI's cache key. */
function asTheCliAsks(given: RoleQuestion, { values }: Profile): RoleQuestion {
  const { RoleArn, RoleSessionName, ExternalId, SerialNumber, DurationSeconds } = given;
  const saidDuration = DurationSeconds !== 3600 || values.duration_seconds === '3600';
  return {
    RoleArn,
    ...(RoleSessionName !== undefined && !RoleSessionName.startsWith('aws-sdk-js-') && { RoleSessionName }),
    ...(ExternalId !== undefined && { ExternalId }),
    ...(SerialNumber !== undefined && { SerialNumber }),
    ...(saidDuration && DurationSeconds !== undefined && { DurationSeconds }),
  };
}
