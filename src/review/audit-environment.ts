import { findEntry, isInternal } from '../firewall/lists.ts';
import type { Policy } from '../firewall/policy.ts';
import type { Signal } from '../firewall/types.ts';
import type { ProjectName, Release } from '../index/types.ts';
import { normaliseVersion } from '../index/versions.ts';
import { decisionsOf } from '../vetting/audit.ts';
import type { ReleaseRecord } from '../vetting/types.ts';
import { type AuditedPackage, auditPackage } from './audit.ts';
import type { AuditRecords, InstalledPackage } from './types.ts';

/** The result of an audit. */
export type Audit = {
  readonly packages: readonly AuditedPackage[];
  /** Why the feeds have no answer for some releases, and for how many. */
  readonly unanswered: readonly { readonly why: string; readonly packages: number }[];
};

export type AuditServices = {
  readonly records: AuditRecords;
  /** Returns the malware advisories of a release; undefined without a feed. */
  readonly malware: ((name: ProjectName, version: string) => Promise<Signal<readonly string[]>>) | undefined;
  readonly policy: Pick<Policy, 'block' | 'internal'>;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** Compares installed releases with the records, the malware feed and the policy's lists. Reads the records in batches. */
export async function auditPackages(installed: readonly InstalledPackage[], services: AuditServices): Promise<Audit> {
  const { records, policy, now } = services;
  const releases = installed.map(recordKey);
  const [recorded, files, metadata, { entries }, malware] = await Promise.all([
    records.readReleases(releases),
    records.vettedFiles(releases),
    records.metadataOf(releases),
    records.auditEntries(),
    askFeed(releases, services),
  ]);
  const published = await publishedReleases(installed, recorded, records);
  const decisions = decisionsOf(entries);
  const packages = installed.map((item, at) => {
    const signal = malware[at];
    return auditPackage(
      item,
      {
        record: recorded[at],
        files: files[at],
        metadata: metadata[at] ?? new Map(),
        decisions: decisions.filter(({ name }) => name === item.name),
        malware: signal?.known === true ? signal.value : undefined,
        listed: findEntry(policy.block, { name: item.name, version: item.version }, now()),
        isPublished: published.has(item),
      },
      now(),
    );
  });
  const why = new Map<string, number>();
  for (const signal of malware) {
    if (signal?.known !== false) continue;
    const text = `${signal.source} ${signal.why}`;
    why.set(text, (why.get(text) ?? 0) + 1);
  }
  return { packages, unanswered: [...why].map(([text, count]) => ({ why: text, packages: count })) };
}

/** Returns the packages without a record that the vetted repository lists. Only a company's publishers can add those. */
async function publishedReleases(
  installed: readonly InstalledPackage[],
  recorded: readonly (ReleaseRecord | undefined)[],
  records: AuditRecords,
): Promise<ReadonlySet<InstalledPackage>> {
  const unknown = installed.filter(({ source }, at) => source === 'index' && recorded[at] === undefined);
  const listed = await records.listedReleases(unknown.map(recordKey));
  return new Set(unknown.filter((_, at) => listed[at] === true));
}

/** The records have normalised versions. */
function recordKey({ name, version }: InstalledPackage): Release {
  return { name, version: normaliseVersion(version) };
}

/** Names of internal projects are never sent to a feed. */
async function askFeed(
  releases: readonly Release[],
  { malware, policy }: AuditServices,
): Promise<readonly (Signal<readonly string[]> | undefined)[]> {
  if (malware === undefined) return [];
  const ask = ({ name, version }: Release) =>
    isInternal(policy as Policy, name) ? Promise.resolve(undefined) : malware(name, version);
  // All at the same time, because the feed combines the questions.
  return Promise.all(releases.map(ask));
}
