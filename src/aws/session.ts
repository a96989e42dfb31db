import path from 'node:path';
import { homeFolder } from '../folders.ts';
import { credentialProvider } from './credentials.ts';
import { askMfaCode } from './mfa.ts';
import { awsNetwork } from './network.ts';
import { findProfile, type Variables } from './profile.ts';
import { requestHandler } from './request-handler.ts';
import { roleCache } from './role-cache.ts';

export type SessionOptions = {
  readonly environment: Variables;
  /** The profile that an awspip setting names. */
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly dualstack: boolean | undefined;
  readonly fips: boolean | undefined;
  readonly now: () => number;
};

/** The SDK options that all AWS clients of one command share: request handler, credentials, profile, region. */
export type AwsSession = Awaited<ReturnType<typeof openSession>>;

/**
 * Opens a session that follows the AWS CLI where the SDK does not, so that a configuration that works with `aws` also
 * works with awspip.
 *
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 *
 * @throws {AwspipError} `profile-unknown`, `credentials-incomplete` (77); the credentials throw the other errors of
 *   `credentials.ts` on first use.
 */
export async function openSession({ environment, profile: name, region, dualstack, fips, now }: SessionOptions) {
  const profile = await findProfile(name, environment);
  const handler = requestHandler(awsNetwork(environment, profile.values));
  const credentials = credentialProvider({
    environment,
    profile,
    region,
    requestHandler: handler,
    cache: roleCache({ folder: path.join(homeFolder(), '.aws', 'cli', 'cache'), now }),
    askMfaCode: (serial) => askMfaCode(serial, profile.name, { input: process.stdin, output: process.stderr }),
  });
  return {
    requestHandler: handler,
    credentials,
    ...(profile.name !== undefined && { profile: profile.name }),
    ...(region !== undefined && { region }),
    ...(dualstack !== undefined && { useDualstackEndpoint: dualstack }),
    ...(fips !== undefined && { useFipsEndpoint: fips }),
  };
}
