import type { Settings } from '../settings/table.ts';

/** Returns the URLs of the signal sources. */
export function sourceUrls(settings: Settings) {
  return {
    pypi: settings.pypiUrl,
    pypistats: settings.pypistatsUrl,
    github: settings.githubUrl,
    depsDev: settings.depsDevUrl,
    osv: settings.osvUrl,
  };
}
