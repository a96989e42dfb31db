import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { Signal } from '../types.ts';
import { asList, asObject, asText } from './json.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './sources.ts';

/**
 * Malware advisories that name this very version (https://google.github.io/osv.dev/post-v1-query/). Feeds list
 * compromised good projects by name too, so that what is answered is matched against the version once more here.
 */
export function osv(
  settings: SourceSettings,
): (name: ProjectName, version: string) => Promise<Signal<readonly string[]>> {
  const ask = openSource({
    name: 'OSV',
    baseUrl: settings.addresses.osv,
    settings,
    lifetime: 3_600_000,
    cap: 33_554_432,
    cacheSize: 20_000,
  });
  return (name, version) =>
    ask({
      key: `osv/${name}/${version}`,
      path: '/v1/query',
      body: { version, package: { name, ecosystem: 'PyPI' } },
      read: ({ status, json }) => {
        const answer = asObject(json);
        if (status !== 200 || answer === undefined) return { why: 'gave no list of advisories' };
        const ids = malwareIds(answer.vulns, name, version);
        // A further page could hold the one that matters.
        if (ids.length === 0 && asText(answer.next_page_token) !== undefined)
          return { why: 'has more advisories than one answer' };
        return { value: ids };
      },
    });
}

function malwareIds(advisories: unknown, name: ProjectName, version: string): readonly string[] {
  const found = asList(advisories)
    .map((advisory) => asObject(advisory) ?? {})
    .filter((advisory) => advisory.withdrawn === undefined && affects(advisory.affected, name, version))
    .flatMap((advisory) => [advisory.id, ...asList(advisory.aliases)].find(isMalwareId) ?? []);
  return [...new Set(found)].slice(0, 20);
}

const isMalwareId = (id: unknown): id is string => typeof id === 'string' && /^MAL-[\w-]{1,60}$/.test(id);

/** An advisory without details is taken at the source's word: it was asked about this version. */
function affects(affected: unknown, name: ProjectName, version: string): boolean {
  const entries = asList(affected).map((entry) => asObject(entry) ?? {});
  if (entries.length === 0) return true;
  const ours = entries.filter((entry) => {
    const { name: other, ecosystem } = asObject(entry.package) ?? {};
    return typeof other === 'string' && normaliseName(other) === name && ecosystem === 'PyPI';
  });
  return ours.some((entry) => {
    const versions = asList(entry.versions).filter((one) => typeof one === 'string');
    const ranges = asList(entry.ranges).map((range) => asObject(range) ?? {});
    if (versions.length === 0 && ranges.length === 0) return true;
    return (
      versions.some((one) => compareVersions(one, version) === 0) || ranges.some((range) => within(range, version))
    );
  });
}

/** The schema's own rule (https://ossf.github.io/osv-schema/#evaluation): the last event at or before the version decides. */
function within(range: Readonly<Record<string, unknown>>, version: string): boolean {
  if (range.type !== 'ECOSYSTEM' && range.type !== 'SEMVER') return false;
  const events = asList(range.events).map((event) => asObject(event) ?? {});
  const reached = (limit: unknown): boolean =>
    typeof limit === 'string' && (limit === '0' || compareVersions(version, limit) >= 0);
  const sorted = [...events].sort((a, b) => compareVersions(eventVersion(a), eventVersion(b)));
  let inside = false;
  for (const event of sorted) {
    if (event.introduced !== undefined && reached(event.introduced)) inside = true;
    if (event.fixed !== undefined && reached(event.fixed)) inside = false;
    if (typeof event.last_affected === 'string' && compareVersions(version, event.last_affected) > 0) inside = false;
  }
  return inside;
}

function eventVersion(event: Readonly<Record<string, unknown>>): string {
  const text = asText(event.introduced) ?? asText(event.fixed) ?? asText(event.last_affected) ?? '0';
  return text === '0' ? '0.dev0' : text;
}
