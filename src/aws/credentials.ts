import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, Logger } from '@smithy/types';
import { AwspipError } from '../errors.ts';
import { credentialError, roleError } from './credential-errors.ts';
import type { Profile, Variables } from './profile.ts';
import type { requestHandler } from './request-handler.ts';
import type { RoleCache, RoleRequest } from './role-cache.ts';

type CredentialOptions = {
  readonly environment: Variables;
  readonly profile: Profile;
  readonly region: string | undefined;
  readonly requestHandler: ReturnType<typeof requestHandler>;
  readonly cache: RoleCache;
  /** Asks the user for the code of an MFA device. */
  readonly askMfaCode: (serial: string) => Promise<string>;
};

/** The parameters with which the SDK calls a role assumer. */
type RoleParameters = RoleRequest & { readonly TokenCode?: string | undefined };

/**
 * Returns a provider that searches credentials in the AWS CLI's order: an explicit profile, access keys in the
 * environment, the profile of `AWS_PROFILE`, then the rest of the SDK's chain.
 *
 * @throws {AwspipError} `credentials-incomplete` (77); the provider throws the errors of `credential-errors.ts`.
 */
export function credentialProvider(options: CredentialOptions): AwsCredentialIdentityProvider {
  const { environment, profile } = options;
  const keys = profile.explicit ? undefined : environmentKeys(environment);
  if (keys !== undefined) return async () => keys;
  let chain: Promise<AwsCredentialIdentityProvider> | undefined;
  return async (properties) => {
    chain ??= openChain(options);
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
    throw new AwspipError(
      'credentials-incomplete',
      `the AWS credentials in the environment are incomplete: \`${missing}\` is not set`,
      {
        exit: 'denied',
        hint: 'set both `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or neither',
      },
    );
  }
  const { AWS_SESSION_TOKEN: sessionToken, AWS_CREDENTIAL_EXPIRATION: expires } = environment;
  const expiration = new Date(expires ?? '');
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(!Number.isNaN(expiration.getTime()) && { expiration }),
  };
}

async function openChain(options: CredentialOptions): Promise<AwsCredentialIdentityProvider> {
  const { profile, region, requestHandler } = options;
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider({
    ...(profile.name !== undefined && { profile: profile.name }),
    // STS and SSO requests use the same proxy and certificates as all others.
    clientConfig: { requestHandler },
    parentClientConfig: { requestHandler, ...(region !== undefined && { region }) },
    logger: silent,
    // The role assumer asks for the MFA code itself, and only if the cache holds no session.
    mfaCodeProvider: async () => '',
    roleAssumer: (source, parameters) => assumeRole(options, source, parameters as RoleParameters),
  });
}

/** A logger that drops the SDK's warning about access keys next to a profile: the order above is intended. */
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

async function assumeRole(
  { profile, region, requestHandler, cache, askMfaCode }: CredentialOptions,
  source: AwsCredentialIdentity,
  { TokenCode: _, ...parameters }: RoleParameters,
): Promise<AwsCredentialIdentity> {
  const request = withoutSdkDefaults(parameters, profile);
  const cached = await cache.read(request);
  if (cached !== undefined) return cached;
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const stsRegion = region ?? profile.values.region ?? 'us-east-1';
  const client = new STSClient({ region: stsRegion, requestHandler, credentials: source });
  const code = request.SerialNumber === undefined ? {} : { TokenCode: await askMfaCode(request.SerialNumber) };
  try {
    const input = { ...request, RoleSessionName: parameters.RoleSessionName ?? 'awspip', ...code };
    const { Credentials: response } = await client.send(new AssumeRoleCommand(input));
    const credentials = {
      accessKeyId: response?.AccessKeyId ?? '',
      secretAccessKey: response?.SecretAccessKey ?? '',
      sessionToken: response?.SessionToken ?? '',
      expiration: response?.Expiration ?? new Date(0),
    };
    await cache.write(request, credentials);
    return credentials;
  } catch (error) {
    throw roleError(error, request.RoleArn);
  }
}

/** Removes the values that the SDK fills in, because the AWS CLI's cache key does not contain them. */
function withoutSdkDefaults(parameters: RoleRequest, { values }: Profile): RoleRequest {
  const { RoleArn, RoleSessionName, ExternalId, SerialNumber, DurationSeconds } = parameters;
  const isDurationConfigured = DurationSeconds !== 3600 || values.duration_seconds === '3600';
  return {
    RoleArn,
    ...(RoleSessionName !== undefined && !RoleSessionName.startsWith('aws-sdk-js-') && { RoleSessionName }),
    ...(ExternalId !== undefined && { ExternalId }),
    ...(SerialNumber !== undefined && { SerialNumber }),
    ...(isDurationConfigured && DurationSeconds !== undefined && { DurationSeconds }),
  };
}
