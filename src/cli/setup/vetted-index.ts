/**
 * Returns the index URL of the vetted repository for the configuration of pip and uv. It has the user name that
 * CodeArtifact expects. pip asks the keyring for the password, which is a token.
 *
 * @param endpoint the repository's endpoint from GetRepositoryEndpoint, which does not include `simple/`
 */
export function vettedIndex(endpoint: string): string {
  return Object.assign(new URL('simple/', endpoint), { username: 'aws' }).href;
}
