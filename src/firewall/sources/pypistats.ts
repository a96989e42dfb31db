import type { ProjectName } from '../../index/types.ts';
import type { Signal } from '../types.ts';
import { asCount, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** Downloads of the last month, mirrors left out (https://pypistats.org/api/). It asks to be asked once a day. */
export function pypistats(settings: SourceSettings): (name: ProjectName) => Promise<Signal<number>> {
  const ask = openSource({
    name: 'pypistats',
    baseUrl: settings.addresses.pypistats,
    settings,
    lifetime: 86_400_000,
    cap: 262_144,
    cacheSize: 20_000,
    // Its limits by address; what goes past them is answered 429.
    pace: [
      { max: 5, within: 1_000 },
      { max: 30, within: 60_000 },
    ],
  });
  return (name) =>
    ask({
      key: `pypistats/${name}`,
      path: `/api/packages/${encodeURIComponent(name)}/recent`,
      read: ({ status, json }) => {
        // It answers 404 for new and for unknown projects alike: that is no count.
        if (status === 404) return { why: 'does not know the project (new ones come with a delay)' };
        const month = asCount(asObject(asObject(json)?.data)?.last_month);
        return month === undefined ? { why: 'gave no count' } : { value: month };
      },
    });
}
