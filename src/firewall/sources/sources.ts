import type { Signal } from '../types.ts';
import { depsDev } from './deps-dev.ts';
import { github } from './github.ts';
import { osv } from './osv.ts';
import { pypiIntegrity } from './pypi-integrity.ts';
import { pypiJson } from './pypi-json.ts';
import { pypistats } from './pypistats.ts';
import type { SourceSettings, Sources } from './types.ts';

/** Opens every source over one web. */
export function openSources(settings: SourceSettings): Sources {
  const [repository, second] = [github(settings), depsDev(settings)];
  const advisories = osv(settings);
  return {
    project: pypiJson(settings),
    downloads: pypistats(settings),
    stars: async (name) => {
      const stars = map(await repository(name), ({ stars }) => stars);
      if (stars.known) return stars;
      const others = await second(name);
      if (others.known) return others;
      const why = stars.why === others.why ? stars.why : `${stars.why}; deps.dev ${others.why}`;
      return { ...stars, source: stars.why === others.why ? 'GitHub and deps.dev' : 'GitHub', why };
    },
    archived: async (name) => {
      const known = map(await repository(name), ({ archived }) => archived);
      if (!known.known || known.value !== null) return known as Signal<boolean>;
      return { known: false, source: known.source, fetchedAt: known.fetchedAt, why: 'does not say' };
    },
    malware: async (name, version) => map(await advisories(name, version), ({ malware }) => malware),
    vulnerabilities: async (name, version) =>
      map(await advisories(name, version), ({ vulnerabilities }) => vulnerabilities),
    attested: pypiIntegrity(settings),
  };
}

function map<T, U>(signal: Signal<T>, part: (value: T) => U): Signal<U> {
  return signal.known ? { ...signal, value: part(signal.value) } : signal;
}
