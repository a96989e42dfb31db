import type { ProjectName } from '../../index/types.ts';
import type { Signal } from '../types.ts';
import { declaredLicence } from './declared-licence.ts';
import { asObject } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** Opens PyPI's JSON API for the licence of one version, because the API for the project has that of the newest. */
export function pypiLicence(settings: SourceSettings): (name: ProjectName, version: string) => Promise<Signal<string>> {
  const request = openSource({
    name: 'PyPI',
    baseUrl: settings.addresses.pypi,
    settings,
    lifetime: 86_400_000,
    maxBytes: 16_777_216,
    cacheSize: 5_000,
  });
  return (name, version) =>
    request({
      key: `pypi-licence/${name}/${version}`,
      path: `/pypi/${encodeURIComponent(name)}/${encodeURIComponent(version)}/json`,
      read: ({ json }) => {
        const info = asObject(asObject(json)?.info);
        return info === undefined ? { why: 'does not have this version' } : { value: declaredLicence(info) };
      },
    });
}
