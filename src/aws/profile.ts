import { AwspipError } from '../errors.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The AWS profile in use. */
export type Profile = {
  readonly name: string | undefined;
  /**
   * Whether an awspip option, variable or settings file names it. Like the AWS CLI's `--profile`, an explicit profile
   * takes precedence over access keys in the environment. `AWS_PROFILE` does not.
   */
  readonly explicit: boolean;
  /** Its values in the shared config and credentials files. */
  readonly values: Variables;
};

/**
 * Finds the profile in the AWS CLI's order: the explicit one, `AWS_DEFAULT_PROFILE`, `AWS_PROFILE`.
 *
 * @throws {AwspipError} `profile-unknown` (77). The SDK would silently fall back to other credentials.
 */
export async function findProfile(explicitName: string | undefined, environment: Variables): Promise<Profile> {
  const explicit = explicitName !== undefined;
  const name = explicitName ?? ([environment.AWS_DEFAULT_PROFILE, environment.AWS_PROFILE].find(Boolean) || undefined);
  const { parseKnownFiles } = await import('@smithy/core/config');
  const profiles = await parseKnownFiles({});
  const values = profiles[name ?? 'default'];
  if (values === undefined && name !== undefined) throw profileUnknown(name, explicit, environment);
  return { name, explicit, values: values ?? {} };
}

function profileUnknown(name: string, explicit: boolean, environment: Variables): AwspipError {
  const variable = environment.AWS_DEFAULT_PROFILE ? 'AWS_DEFAULT_PROFILE' : 'AWS_PROFILE';
  const origin = explicit ? '' : ` (from \`${variable}\`)`;
  return new AwspipError('profile-unknown', `the AWS profile \`${name}\`${origin} does not exist`, {
    exit: 'denied',
    hint: 'run `aws configure list-profiles` to list the profiles',
  });
}
