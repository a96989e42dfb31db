import type { ProjectName } from '../../index/types.ts';
import type { Signal } from '../types.ts';
import { asList, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/**
 * Whether PyPI holds an attestation of a file's publisher (PEP 740, https://docs.pypi.org/api/integrity/). PyPI checks
 * it on upload; nothing is checked again here.
 */
export function pypiIntegrity(
  settings: SourceSettings,
): (name: ProjectName, version: string, filename: string) => Promise<Signal<boolean>> {
  const ask = openSource({
    name: 'PyPI',
    baseUrl: settings.addresses.pypi,
    settings,
    lifetime: 86_400_000,
    cap: 4_194_304,
    cacheSize: 5_000,
  });
  return (name, version, filename) =>
    ask({
      key: `integrity/${name}/${version}/${filename}`,
      path: `/integrity/${[name, version, filename].map(encodeURIComponent).join('/')}/provenance`,
      headers: { accept: 'application/vnd.pypi.integrity.v1+json' },
      read: ({ status, json }) => {
        // PyPI says why there is none; a mirror that knows nothing of attestations says nothing.
        if (status === 404)
          return asObject(json)?.message === undefined ? { why: 'does not offer attestations' } : { value: false };
        const bundles = asObject(json)?.attestation_bundles;
        if (!Array.isArray(bundles)) return { why: 'gave no list of attestations' };
        return { value: bundles.some((bundle) => asList(asObject(bundle)?.attestations).length > 0) };
      },
    });
}
