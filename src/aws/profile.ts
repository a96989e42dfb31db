import { AwspipError } from '../errors.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The profile in force, and whether it was asked for by more than a variable that a shell may carry along. */
export type Profile = {
  readonly name: string | undefined;
  /** By flag, setting or file: then it wins over access keys in the environment, as `--profile` does. */
  readonly explicit: boolean;
  /** What the shared files say of it. */
  readonly values: Variables;
};

/**
 * The profile as the AWS CLI finds it: the one asked for, `AWS_DEFAULT_PROFILE`, `AWS_PROFILE`.
 *
 * @throws {AwspipError} `profile-unknown` (denied): the SDK would go on to other credentials in silence.
 */
export async function findProfile(asked: string | undefined, environment: Variables): Promise<Profile> {
  const name = asked ?? ([environment.AWS_DEFAULT_PROFILE, environment.AWS_PROFILE].find(Boolean) || undefined);
  const { parseKnownFiles } = await import('@smithy/core/config');
  const profiles = await parseKnownFiles({});
  const values = profiles[name ?? 'default'];
  if (values === undefined && name !== undefined) throw unknown(name, asked !== undefined, environment);
  return { name, explicit: asked !== undefined, values: values ?? {} };
}

function unknown(name: string, asked: boolean, environment: Variables): AwspipError {
  const variable = environment.AWS_DEFAULT_PROFILE ? 'AWS_DEFAULT_PROFILE' : 'AWS_PROFILE';
  const from = asked ? '' : ` (from ${variable})`;
  return new AwspipError('profile-unknown', `the AWS profile \`${name}\`${from} could not be found`, {
    exit: 'denied',
    hint: '`aws configure list-profiles` lists those there are',
  });
}
