import type { ProjectName } from '../../index/types.ts';
import type { Signal } from '../types.ts';
import { asList, asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/**
 * Opens PyPI's integrity API, which has the publish attestations of files (PEP 740, https://docs.pypi.org/api/integrity/).
 * PyPI verifies an attestation on upload. It is not verified again here.
 */
export function pypiIntegrity(
  settings: SourceSettings,
): (name: ProjectName, version: string, filename: string) => Promise<Signal<boolean>> {
  const request = openSource({
    name: 'PyPI',
    baseUrl: settings.addresses.pypi,
    settings,
    lifetime: 86_400_000,
    maxBytes: 4_194_304,
    cacheSize: 5_000,
  });
  return (name, version, filename) =>
    request({
      key: `integrity/${name}/${version}/${filename}`,
      path: `/integrity/${[name, version, filename].map(encodeURIComponent).join('/')}/provenance`,
      headers: { accept: 'application/vnd.pypi.integrity.v1+json' },
      read: ({ status, json }) => {
        // PyPI's 404 has a message. A mirror without this API answers 404 without one.
        if (status === 404)
          return asObject(json)?.message === undefined ? { why: 'does not support attestations' } : { value: false };
        const bundles = asObject(json)?.attestation_bundles;
        if (!Array.isArray(bundles)) return { why: 'returned no list of attestations' };
        return { value: bundles.some((bundle) => asList(asObject(bundle)?.attestations).length > 0) };
      },
    });
}
