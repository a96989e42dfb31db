import type { Signal } from '../types.ts';
import { asCount, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** `archived` is null if the response does not contain it. */
type RepositoryFacts = { readonly stars: number; readonly archived: boolean | null };

/** Opens GitHub (https://docs.github.com/en/rest/repos/repos#get-a-repository). */
export function github(settings: SourceSettings): (repository: string) => Promise<Signal<RepositoryFacts>> {
  const request = openSource({
    name: 'GitHub',
    baseUrl: settings.addresses.github,
    settings,
    lifetime: 21_600_000,
    maxBytes: 1_048_576,
    cacheSize: 5_000,
  });
  const token = settings.githubToken;
  return (repository) =>
    request({
      key: `github-repository/${repository.toLowerCase()}`,
      path: `/repos/${repository}`,
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
      },
      read: ({ status, json }) => {
        if (status === 404)
          return { value: { stars: 0, archived: false }, note: 'the declared repository does not exist' };
        const facts = asObject(json);
        const stars = asCount(facts?.stargazers_count);
        if (stars === undefined) return { why: 'returned no star count' };
        return { value: { stars, archived: typeof facts?.archived === 'boolean' ? facts.archived : null } };
      },
    });
}
