import type { ProcessContext } from '../process-context.ts';

type Inputs = Pick<ProcessContext['settings'], 'tokenCache' | 'profile'>;

/**
 * Decides whether tokens are kept on disk. A build can read what its user can, so with `auto` awspip writes no token
 * where the credentials for it are in no file: if they come from variables (access keys, web identity, container), and
 * in CI, where the next job rarely finds the file. A profile has its credentials, or the session for them, on disk.
 */
export function keepsTokens(
  { tokenCache, profile }: Inputs,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (tokenCache !== 'auto') return tokenCache === 'on';
  const { CI = '' } = environment;
  if (!['', '0', 'false'].includes(CI.toLowerCase())) return false;
  if (profile !== undefined) return true;
  if (environment.AWS_ACCESS_KEY_ID) return false; // takes precedence over `AWS_PROFILE`
  if (environment.AWS_PROFILE || environment.AWS_DEFAULT_PROFILE) return true;
  return !credentialVariables.some((name) => environment[name]);
}

/** Variables that name the source of credentials in a container or with a web identity. */
const credentialVariables = [
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];
