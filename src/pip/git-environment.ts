import { pathToFileURL } from 'node:url';
import type { AllowedSources } from './allowed-sources.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A protocol that does not exist. */
const disabledProtocol = 'closed';

/**
 * Returns variables that stop git from fetching, because pip's proxy does not apply to git. Reading the current
 * checkout, as setuptools-scm does, still works. If repositories are allowed, only their URL prefixes work, and `file:`
 * URLs of allowed folders: git applies the longest `insteadOf`, so every other URL gets a protocol that does not exist. See
 * https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL (GIT_CONFIG_COUNT: git 2.31).
 */
export function gitEnvironment(
  base: Environment,
  { repositories, folders = [] }: Pick<AllowedSources, 'repositories'> & Partial<AllowedSources>,
): Record<string, string> {
  if (repositories.length + folders.length === 0) return { GIT_ALLOW_PROTOCOL: disabledProtocol };
  const addresses = [
    ...repositories.map((address) => address.replace(/^git\+/, '')),
    ...folders.map((folder) => pathToFileURL(folder).href),
  ];
  const protocols = [...new Set(addresses.map((address) => address.slice(0, address.indexOf(':'))))];
  const gitRules = [
    ...protocols.map((protocol) => [`url.${disabledProtocol}://.insteadOf`, `${protocol}://`]),
    ...addresses.map((address) => [`url.${address}.insteadOf`, address]),
  ];
  const existingCount = Number(base.GIT_CONFIG_COUNT ?? 0) || 0;
  const configuration = gitRules.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${existingCount + index}`, key],
    [`GIT_CONFIG_VALUE_${existingCount + index}`, value],
  ]);
  return {
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_CONFIG_COUNT: String(existingCount + gitRules.length),
    ...Object.fromEntries(configuration),
  };
}
