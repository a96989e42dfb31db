import type { Signal } from '../types.ts';
import { depsDev } from './deps-dev.ts';
import { github } from './github.ts';
import { osv } from './osv.ts';
import { pypiIntegrity } from './pypi-integrity.ts';
import { pypiJson } from './pypi-json.ts';
import { pypiLicence } from './pypi-licence.ts';
import { pypistats } from './pypistats.ts';
import type { SourceSettings, Sources } from './types.ts';

/** Opens all sources. */
export function openSources(settings: SourceSettings): Sources {
  const repositoryFacts = github(settings);
  const fallbackStars = depsDev(settings);
  const advisories = osv(settings);
  return {
    project: pypiJson(settings),
    downloads: pypistats(settings),
    stars: async (repository) => {
      const stars = map(await repositoryFacts(repository), (facts) => facts.stars);
      if (stars.known) return stars;
      const fallback = await fallbackStars(repository);
      if (fallback.known) return fallback;
      return { ...stars, source: 'GitHub', why: `${stars.why}; deps.dev ${fallback.why}` };
    },
    archived: async (repository) => {
      const archived = map(await repositoryFacts(repository), (facts) => facts.archived);
      if (!archived.known || archived.value !== null) return archived as Signal<boolean>;
      return { known: false, source: archived.source, fetchedAt: archived.fetchedAt, why: 'has no value' };
    },
    malware: async (name, version) => map(await advisories(name, version), ({ malware }) => malware),
    vulnerabilities: async (name, version) =>
      map(await advisories(name, version), ({ vulnerabilities }) => vulnerabilities),
    attested: pypiIntegrity(settings),
    licence: pypiLicence(settings),
  };
}

function map<T, U>(signal: Signal<T>, part: (value: T) => U): Signal<U> {
  return signal.known ? { ...signal, value: part(signal.value) } : signal;
}
