import type { Signal } from '../types.ts';
import { asCount, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** `archived` is null where GitHub does not say. */
type RepositoryFacts = { readonly stars: number; readonly archived: boolean | null };

/** A repository by GitHub itself (https://docs.github.com/en/rest/repos/repos#get-a-repository). */
export function github(settings: SourceSettings): (repository: string) => Promise<Signal<RepositoryFacts>> {
  const ask = openSource({
    name: 'GitHub',
    baseUrl: settings.addresses.github,
    settings,
    lifetime: 21_600_000,
    cap: 1_048_576,
    cacheSize: 5_000,
  });
  const token = settings.githubToken;
  return (repository) =>
    ask({
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
        if (stars === undefined) return { why: 'gave no count of stars' };
        return { value: { stars, archived: typeof facts?.archived === 'boolean' ? facts.archived : null } };
      },
    });
}
