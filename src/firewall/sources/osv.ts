import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { SeverityName } from '../severities.ts';
import type { Signal, Vulnerability } from '../types.ts';
import { highestSeverity, severityOf } from './advisory-severity.ts';
import { asList, asObject, asText, type JsonObject } from './json.ts';
import { isAdvisoryId, maxAliases, separateMalware } from './malware-advisories.ts';
import { isAdvisoryList, osvBatch } from './osv-batch.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** The advisories that affect one version. */
type Advisories = { readonly malware: readonly string[]; readonly vulnerabilities: readonly Vulnerability[] };

/**
 * Opens OSV (https://google.github.io/osv.dev/post-v1-query/). Some malware feeds list a compromised project by name only,
 * so the advisories are matched against the version again. Concurrent queries are sent as one batch.
 */
export function osv(settings: SourceSettings): (name: ProjectName, version: string) => Promise<Signal<Advisories>> {
  const options = { name: 'OSV', baseUrl: settings.addresses.osv, settings, maxBytes: 33_554_432 };
  const request = openSource({ ...options, lifetime: 3_600_000, cacheSize: 20_000 });
  const batch = osvBatch(settings);
  return (name, version) => {
    const query = { version, package: { name, ecosystem: 'PyPI' } } as const;
    return request({
      key: `osv-4/${name}/${version}`,
      path: '/v1/query',
      body: query,
      tryFirst: () => batch(query),
      read: ({ status, json }) => readAdvisories(status, asObject(json), name, version),
    });
  };
}

/** Returns the malware advisories of an answer alone. */
export function withMalware(advisories: Signal<Advisories>): Signal<readonly string[]> {
  return advisories.known ? { ...advisories, value: advisories.value.malware } : advisories;
}

const maxMalware = 20;

type Reading = { readonly value: Advisories } | { readonly why: string };

function readAdvisories(status: number, body: JsonObject | undefined, name: ProjectName, version: string): Reading {
  if (status !== 200 || body === undefined || !isAdvisoryList(body)) return { why: 'returned no list of advisories' };
  const relevant = asList(body.vulns)
    .map((advisory) => asObject(advisory) ?? {})
    .filter((advisory) => !isWithdrawn(advisory) && affects(advisory.affected, name, version));
  const { malware, others } = separateMalware(relevant, (entry) => isAboutProject(entry, name));
  // The next page may contain a malware advisory.
  if (malware.length === 0 && asText(body.next_page_token) !== undefined)
    return { why: 'has more advisories than one response contains' };
  return {
    value: { malware: malware.slice(0, maxMalware), vulnerabilities: vulnerabilitiesOf(others, name, version) },
  };
}

/**
 * Checks for the time of a withdrawal (https://ossf.github.io/osv-schema/#withdrawn-field). Some writers put null, an
 * empty text or the zero time of Go into every advisory.
 */
function isWithdrawn({ withdrawn }: JsonObject): boolean {
  return typeof withdrawn === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/i.test(withdrawn) && Date.parse(withdrawn) > 0;
}

/** Returns one vulnerability for each group of aliases (PYSEC, GHSA, CVE), under the first ID. */
function vulnerabilitiesOf(advisories: readonly JsonObject[], name: ProjectName, version: string): Vulnerability[] {
  const seenIds = new Set<string>();
  const vulnerabilities: Vulnerability[] = [];
  for (const advisory of advisories) {
    const { id, aliases, affected } = advisory;
    if (!isAdvisoryId(id)) continue;
    const ids = [id, ...asList(aliases).filter(isAdvisoryId).slice(0, maxAliases)];
    const severity = severityOf(advisory);
    const index = vulnerabilities.findIndex((other) => ids.some((alias) => idsOf(other).includes(alias)));
    const same = vulnerabilities[index];
    if (same !== undefined) vulnerabilities[index] = merge(same, ids, severity);
    else if (!ids.some((alias) => seenIds.has(alias))) {
      const fixedIn = smallestFixedVersion(affected, name, version);
      vulnerabilities.push(merge({ id, fixedIn }, ids, severity));
    }
    for (const alias of ids) seenIds.add(alias);
  }
  return vulnerabilities.slice(0, 50);
}

const idsOf = ({ id, aliases = [] }: Vulnerability): readonly string[] => [id, ...aliases];

/** Adds the IDs and the severity of another advisory on the same vulnerability. The highest severity counts. */
function merge(
  vulnerability: Vulnerability,
  ids: readonly string[],
  severity: SeverityName | undefined,
): Vulnerability {
  const aliases = [...new Set([...idsOf(vulnerability), ...ids])].slice(1, maxAliases);
  const highest = highestSeverity(vulnerability.severity, severity);
  return {
    ...vulnerability,
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(highest === undefined ? {} : { severity: highest }),
  };
}

function smallestFixedVersion(affected: unknown, name: ProjectName, version: string): string | null {
  const events = asList(affected)
    .map((entry) => asObject(entry) ?? {})
    .filter((entry) => isAboutProject(entry, name))
    .flatMap((entry) => asList(entry.ranges))
    .filter((range) => asObject(range)?.type !== 'GIT')
    .flatMap((range) => asList(asObject(range)?.events));
  const fixes = events.flatMap((event) => asText(asObject(event)?.fixed) ?? []);
  return fixes.filter((fix) => compareVersions(fix, version) > 0).sort(compareVersions)[0] ?? null;
}

function isAboutProject(entry: JsonObject, name: ProjectName): boolean {
  const { name: packageName, ecosystem } = asObject(entry.package) ?? {};
  return typeof packageName === 'string' && normaliseName(packageName) === name && ecosystem === 'PyPI';
}

/** Checks whether an advisory affects a version. Without details it does, because OSV returned it for this version. */
function affects(affected: unknown, name: ProjectName, version: string): boolean {
  const entries = asList(affected).map((entry) => asObject(entry) ?? {});
  if (entries.length === 0) return true;
  const relevant = entries.filter((entry) => isAboutProject(entry, name));
  return relevant.some((entry) => {
    const versions = asList(entry.versions).filter((affectedVersion) => typeof affectedVersion === 'string');
    const ranges = asList(entry.ranges).map((range) => asObject(range) ?? {});
    if (versions.length === 0 && ranges.length === 0) return true;
    return (
      versions.some((affectedVersion) => compareVersions(affectedVersion, version) === 0) ||
      ranges.some((range) => isInRange(range, version))
    );
  });
}

/**
 * Checks whether a version is in a range. The last event at or before the version decides
 * (https://ossf.github.io/osv-schema/#evaluation).
 */
function isInRange(range: Readonly<Record<string, unknown>>, version: string): boolean {
  if (range.type !== 'ECOSYSTEM' && range.type !== 'SEMVER') return false;
  const events = asList(range.events).map((event) => asObject(event) ?? {});
  const isAtLeast = (limit: unknown): boolean =>
    typeof limit === 'string' && (limit === '0' || compareVersions(version, limit) >= 0);
  const sorted = [...events].sort((a, b) => compareVersions(eventVersion(a), eventVersion(b)));
  let isAffected = false;
  for (const event of sorted) {
    if (event.introduced !== undefined && isAtLeast(event.introduced)) isAffected = true;
    if (event.fixed !== undefined && isAtLeast(event.fixed)) isAffected = false;
    if (typeof event.last_affected === 'string' && compareVersions(version, event.last_affected) > 0)
      isAffected = false;
  }
  return isAffected;
}

function eventVersion(event: Readonly<Record<string, unknown>>): string {
  const text = asText(event.introduced) ?? asText(event.fixed) ?? asText(event.last_affected) ?? '0';
  return text === '0' ? '0.dev0' : text;
}
