import type { ProjectName } from '../../index/types.ts';
import type { Signal } from '../types.ts';
import { asCount, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** Opens pypistats: downloads of the last month without mirrors (https://pypistats.org/api/), which change once a day. */
export function pypistats(settings: SourceSettings): (name: ProjectName) => Promise<Signal<number>> {
  const request = openSource({
    name: 'pypistats',
    baseUrl: settings.addresses.pypistats,
    settings,
    lifetime: 86_400_000,
    maxBytes: 262_144,
    cacheSize: 20_000,
    // The limits per IP address. Requests beyond them are answered 429.
    rateLimits: [
      { max: 5, period: 1_000 },
      { max: 30, period: 60_000 },
    ],
  });
  return (name) =>
    request({
      key: `pypistats/${name}`,
      path: `/api/packages/${encodeURIComponent(name)}/recent`,
      read: ({ status, json }) => {
        // A 404 does not mean 0 downloads, because new projects get it as well.
        if (status === 404) return { why: 'does not know the project (new projects appear with a delay)' };
        const month = asCount(asObject(asObject(json)?.data)?.last_month);
        return month === undefined ? { why: 'returned no count' } : { value: month };
      },
    });
}
