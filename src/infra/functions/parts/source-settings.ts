import type { SourceSettings } from '../../../firewall/sources/types.ts';
import { version } from '../../../version.ts';
import { environmentValue } from './environment-value.ts';
import { http } from './web.ts';

/** Returns the settings of the signal sources, without GitHub's token. */
export const sourceSettings = (): SourceSettings => ({
  http,
  addresses: {
    pypi: environmentValue('PYPI_URL'),
    pypistats: environmentValue('PYPISTATS_URL'),
    github: environmentValue('GITHUB_URL'),
    depsDev: environmentValue('DEPS_DEV_URL'),
    osv: environmentValue('OSV_URL'),
  },
  now: Date.now,
  userAgent: `awspip/${version}`,
});
