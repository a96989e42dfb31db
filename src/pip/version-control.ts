import type { OpenSources } from './open-sources.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A protocol that git has not. */
const none = 'closed';

/**
 * Variables that keep git from fetching: it is a child of pip's that no proxy setting of pip's reaches. What reads the
 * checkout it stands in, as setuptools-scm does, works as before. With repositories opened, nothing but what begins
 * like one of them: the longest `insteadOf` counts, so whatever else has their protocol goes to one that does not exist.
 * https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL (GIT_CONFIG_COUNT: git 2.31)
 */
export function gitEnvironment(base: Environment, { repositories }: Pick<OpenSources, 'repositories'>) {
  if (repositories.length === 0) return { GIT_ALLOW_PROTOCOL: none };
  const addresses = repositories.map((address) => address.replace(/^git\+/, ''));
  const protocols = [...new Set(addresses.map((address) => address.slice(0, address.indexOf(':'))))];
  const rules = [
    ...protocols.map((protocol) => [`url.${none}://.insteadOf`, `${protocol}://`]),
    ...addresses.map((address) => [`url.${address}.insteadOf`, address]),
  ];
  const already = Number(base.GIT_CONFIG_COUNT ?? 0) || 0;
  const configuration = rules.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${already + index}`, key],
    [`GIT_CONFIG_VALUE_${already + index}`, value],
  ]);
  return {
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_CONFIG_COUNT: String(already + rules.length),
    ...Object.fromEntries(configuration),
  } as Record<string, string>;
}
