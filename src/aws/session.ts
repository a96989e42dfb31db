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
  /** A profile asked for by name. */
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly dualstack: boolean | undefined;
  readonly fips: boolean | undefined;
  readonly now: () => number;
};

/** What every AWS client of one command shares: one way to the network, one set of credentials, one question for a code. */
export type AwsSession = Awaited<ReturnType<typeof openSession>>;

/**
 * Adds to the SDK what the AWS CLI does beside it, so that whatever works with `aws` works with awspip.
 *
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 *
 * @throws {AwspipError} `profile-unknown`, `credentials-incomplete` (denied); later also those of `credentials.ts`.
 */
export async function openSession({ environment, profile: asked, region, dualstack, fips, now }: SessionOptions) {
  const profile = await findProfile(asked, environment);
  const handler = requestHandler(awsNetwork(environment, profile.values));
  const credentials = credentialProvider({
    environment,
    profile,
    region,
    requestHandler: handler,
    cache: roleCache({ folder: path.join(homeFolder(), '.aws', 'cli', 'cache'), now }),
    askCode: (serial) => askMfaCode(serial, profile.name, { input: process.stdin, output: process.stderr }),
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
