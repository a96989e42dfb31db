import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { Signal, Vulnerability } from '../types.ts';
import { asList, asObject, asText, type JsonObject } from './json.ts';
import { osvBatch } from './osv-batch.ts';
import { openSource } from './source.ts';
import type { SourceSettings } from './types.ts';

/** What advisories say of one version. */
export type Advisories = { readonly malware: readonly string[]; readonly vulnerabilities: readonly Vulnerability[] };

/**
 * Advisories that name this very version (https://google.github.io/osv.dev/post-v1-query/). Feeds list compromised good
 * projects by name too, so that what is answered is matched against the version once more here. Questions that come
 * together go out as one; only of a version with advisories are they asked for in full.
 */
export function osv(settings: SourceSettings): (name: ProjectName, version: string) => Promise<Signal<Advisories>> {
  const options = { name: 'OSV', baseUrl: settings.addresses.osv, settings, cap: 33_554_432 };
  const ask = openSource({ ...options, lifetime: 3_600_000, cacheSize: 20_000 });
  const batch = osvBatch(settings);
  return (name, version) => {
    const query = { version, package: { name, ecosystem: 'PyPI' } } as const;
    return ask({
      key: `osv-2/${name}/${version}`,
      path: '/v1/query',
      body: query,
      instead: () => batch(query),
      read: ({ status, json }) => readAdvisories(status, asObject(json), name, version),
    });
  };
}

type Reading = { readonly value: Advisories } | { readonly why: string };

function readAdvisories(status: number, answer: JsonObject | undefined, name: ProjectName, version: string): Reading {
  if (status !== 200 || answer === undefined) return { why: 'gave no list of advisories' };
  const ours = asList(answer.vulns)
    .map((advisory) => asObject(advisory) ?? {})
    .filter((advisory) => advisory.withdrawn === undefined && affects(advisory.affected, name, version));
  const malware = [...new Set(ours.flatMap((advisory) => malwareId(advisory) ?? []))].slice(0, 20);
  // A further page could hold the one that matters.
  if (malware.length === 0 && asText(answer.next_page_token) !== undefined)
    return { why: 'has more advisories than one answer' };
  const others = ours.filter((advisory) => malwareId(advisory) === undefined);
  return { value: { malware, vulnerabilities: vulnerabilitiesOf(others, name, version) } };
}

const malwareId = ({ id, aliases }: JsonObject): string | undefined => [id, ...asList(aliases)].find(isMalwareId);

const isMalwareId = (id: unknown): id is string => typeof id === 'string' && /^MAL-[\w-]{1,60}$/.test(id);

/** One advisory often stands under several ids (PYSEC, GHSA, CVE): the first of them is told. */
function vulnerabilitiesOf(advisories: readonly JsonObject[], name: ProjectName, version: string): Vulnerability[] {
  const seen = new Set<string>();
  const found: Vulnerability[] = [];
  for (const { id, aliases, affected } of advisories) {
    if (typeof id !== 'string' || !/^[\w.:-]{1,80}$/.test(id)) continue;
    const ids = [id, ...asList(aliases).filter((alias) => typeof alias === 'string')];
    const known = ids.some((one) => seen.has(one));
    for (const one of ids) seen.add(one);
    if (!known) found.push({ id, fixedIn: fixOf(affected, name, version) });
  }
  return found.slice(0, 50);
}

/** Smallest version said to be fixed that is above this one. */
function fixOf(affected: unknown, name: ProjectName, version: string): string | null {
  const events = asList(affected)
    .map((entry) => asObject(entry) ?? {})
    .filter((entry) => namesProject(entry, name))
    .flatMap((entry) => asList(entry.ranges))
    .filter((range) => asObject(range)?.type !== 'GIT')
    .flatMap((range) => asList(asObject(range)?.events));
  const fixes = events.flatMap((event) => asText(asObject(event)?.fixed) ?? []);
  return fixes.filter((fix) => compareVersions(fix, version) > 0).sort(compareVersions)[0] ?? null;
}

function namesProject(entry: JsonObject, name: ProjectName): boolean {
  const { name: other, ecosystem } = asObject(entry.package) ?? {};
  return typeof other === 'string' && normaliseName(other) === name && ecosystem === 'PyPI';
}

/** An advisory without details is taken at the source's word: it was asked about this version. */
function affects(affected: unknown, name: ProjectName, version: string): boolean {
  const entries = asList(affected).map((entry) => asObject(entry) ?? {});
  if (entries.length === 0) return true;
  const ours = entries.filter((entry) => namesProject(entry, name));
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
