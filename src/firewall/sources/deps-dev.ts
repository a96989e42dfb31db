import type { Signal } from '../types.ts';
import { asCount, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** Opens deps.dev, which has the stars of GitHub repositories without a token (https://docs.deps.dev/api/v3/#getproject). */
export function depsDev(settings: SourceSettings): (repository: string) => Promise<Signal<number>> {
  const request = openSource({
    name: 'deps.dev',
    baseUrl: settings.addresses.depsDev,
    settings,
    lifetime: 86_400_000,
    maxBytes: 1_048_576,
    cacheSize: 5_000,
  });
  return (repository) =>
    request({
      key: `deps.dev/${repository.toLowerCase()}`,
      path: `/v3/projects/${encodeURIComponent(`github.com/${repository.toLowerCase()}`)}`,
      read: ({ status, json }) => {
        if (status === 404) return { why: 'does not know the repository' };
        const stars = asCount(asObject(json)?.starsCount);
        return stars === undefined ? { why: 'returned no star count' } : { value: stars };
      },
    });
}
