import { findEntry } from '../firewall/lists.ts';
import type { ListEntry, Policy } from '../firewall/policy.ts';
import type { Signal } from '../firewall/types.ts';
import { parseFilename } from '../index/filename.ts';
import { indexOf } from '../index/named-indexes.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { compareVersions, isPrerelease } from '../index/versions.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { activeApproval, describeApproval } from '../vetting/approvals.ts';
import type { AuditEntry } from '../vetting/audit.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { ReleaseRecord, RequestRecord } from '../vetting/types.ts';

/** The services that a recheck uses. */
export type RecheckPorts = {
  readonly store: Pick<VettingStore, 'advance' | 'approvalsOf' | 'putAudit'>;
  /** Returns the next releases in secure-pypi to check, as many as one run has time for. */
  readonly secureReleases: () => Promise<readonly ReleaseRecord[]>;
  /** Returns the ids of malware advisories that name this version. */
  readonly malware: (name: ProjectName, version: string) => Promise<Signal<readonly string[]>>;
  /** Returns the project's upstream page, or undefined when it is unavailable. */
  readonly page: (name: ProjectName) => Promise<ProjectPage | undefined>;
  readonly policy: Policy;
  readonly policyVersion: string;
  /** Archives a release in secure-pypi. An administrator can reverse it. */
  readonly archive: (release: ReleaseRecord) => Promise<void>;
  /** Requests the newest release of a project; false when a vetting of it exists already. */
  readonly request: (name: ProjectName) => Promise<boolean>;
  /** Sends a notice of several lines. */
  readonly notify: (title: string, lines: readonly string[]) => Promise<void>;
  readonly now: () => number;
};

/** The counts and failures of one recheck. */
export type RecheckSummary = {
  readonly checked: number;
  /** Releases for which the malware sources did not answer. The next run checks them again. */
  readonly unknown: number;
  readonly archived: number;
  readonly requested: number;
  readonly failures: readonly string[];
};

const parallel = 16;
const maxRequests = 50;
const stuckMilliseconds = 600_000;

/**
 * Checks releases in secure-pypi again. It archives those that are now denied, on the block list or known as malware,
 * and sends a notice about them. It also requests newer releases of the same projects, so that fixes become available.
 */
export async function recheck(ports: RecheckPorts): Promise<RecheckSummary> {
  const secure = await ports.secureReleases();
  const failures: string[] = [];
  const results = await mapConcurrently([...secure], parallel, (record) => archiveReason(record, ports));
  const due = secure.flatMap((record, at) => {
    const reason = results[at];
    return typeof reason === 'string' ? [{ record, reason }] : [];
  });
  const archived = await mapConcurrently(due, 4, ({ record, reason }) =>
    archiveRelease(record, reason, ports, failures),
  );
  await reportArchived(
    due.filter((_, at) => archived[at]),
    ports,
    failures,
  );
  const requested = await requestNewer(secure, ports, failures);
  return {
    checked: secure.length,
    unknown: results.filter((reason) => reason === false).length,
    archived: archived.filter(Boolean).length,
    requested,
    failures: failures.slice(0, 20),
  };
}

/** Counts requests whose lease expired more than ten minutes ago: their execution died without a result. */
export function countStuck(requests: readonly RequestRecord[], now: number): number {
  return requests.filter(({ leaseUntil }) => leaseUntil < now - stuckMilliseconds).length;
}

/** Returns the reason to archive a release, undefined when there is none, or false when the malware sources fail. */
async function archiveReason(
  { name, version }: ReleaseRecord,
  ports: RecheckPorts,
): Promise<string | undefined | false> {
  const { policy, store, now } = ports;
  const decision = activeApproval(await store.approvalsOf(name), version, now());
  if (decision?.kind === 'deny') return describeApproval(decision);
  const blocked: ListEntry | undefined = findEntry(policy.block, { name, version }, now());
  if (blocked !== undefined && decision === undefined) return `on the block list: ${blocked.reason}`;
  if (decision?.evenMalware === true) return undefined;
  if (findEntry(policy.allow, { name, version }, now()) !== undefined) return undefined;
  // PyPI's project of this name, which advisories are about, may be another one.
  if (indexOf(name, policy.indexes) !== undefined) return undefined;
  const signal = await ports.malware(name, version);
  if (!signal.known) return false;
  return signal.value.length === 0 ? undefined : `known malware: ${signal.value.slice(0, 3).join(', ')}`;
}

/** Archives a release, then writes its record. If the record isn't written, the next run repeats both. */
async function archiveRelease(
  record: ReleaseRecord,
  reason: string,
  ports: RecheckPorts,
  failures: string[],
): Promise<boolean> {
  try {
    await ports.archive(record);
    await ports.store.putAudit(archiveEntry(record, reason, ports.now()));
    const change = {
      status: 'BLOCKED',
      reasons: [{ text: reason }],
      policyVersion: ports.policyVersion,
      cause: reason,
    } as const;
    return await ports.store.advance(record, record.execution, 'SECURE', change);
  } catch (error) {
    failures.push(`${record.name} ${record.version} could not be archived (${reason}): ${messageOf(error)}`);
    return false;
  }
}

function archiveEntry({ name, version }: ReleaseRecord, reason: string, now: number): AuditEntry {
  const versions = [version];
  return {
    ...{ id: `${name}-${version}-recheck`, at: new Date(now).toISOString(), kind: 'archive', name, reason },
    actor: { by: 'recheck', from: 'the deployment' },
    before: { versions, status: 'Published' },
    after: { versions, status: 'Archived' },
  };
}

/** Sends the notices. A notice that fails is added to the failures, and the recheck continues. */
async function reportArchived(
  archived: readonly { readonly record: ReleaseRecord; readonly reason: string }[],
  ports: RecheckPorts,
  failures: string[],
): Promise<void> {
  const lines = archived.map(({ record: { name, version }, reason }) => `${name} ${version}: ${reason}`);
  const notices: [string, readonly string[]][] = [
    [`Archived ${lines.length} ${lines.length === 1 ? 'release' : 'releases'} in secure-pypi`, lines],
    ['Some releases in secure-pypi could not be archived', [...failures]],
  ];
  for (const [title, body] of notices.filter(([, { length }]) => length > 0)) {
    try {
      await ports.notify(title, body);
    } catch (error) {
      failures.push(`the notice was not sent (${messageOf(error)}): ${title}: ${body.slice(0, 5).join('; ')}`);
    }
  }
}

/** Requests projects whose newest stable upstream release is newer than every vetted one, at most `maxRequests`. */
async function requestNewer(
  secure: readonly ReleaseRecord[],
  ports: RecheckPorts,
  failures: string[],
): Promise<number> {
  const newest = new Map<ProjectName, string>();
  for (const { name, version } of secure) {
    const known = newest.get(name);
    if (known === undefined || compareVersions(known, version) < 0) newest.set(name, version);
  }
  let requested = 0;
  await mapConcurrently([...newest], 4, async ([name, version]) => {
    if (requested >= maxRequests) return;
    try {
      const page = await ports.page(name);
      if (page === undefined || !hasNewer(page, name, version) || requested >= maxRequests) return;
      requested += 1;
      if (!(await ports.request(name))) requested -= 1;
    } catch (error) {
      failures.push(`the check for newer releases of ${name} failed: ${messageOf(error)}`);
    }
  });
  return requested;
}

/** Checks whether upstream lists a newer stable release that isn't yanked. */
export function hasNewer(page: ProjectPage, name: ProjectName, version: string): boolean {
  return page.files.some(({ filename, yanked }) => {
    if (yanked !== false) return false;
    const listed = parseFilename(filename, name)?.version;
    return listed !== undefined && !isPrerelease(listed) && compareVersions(listed, version) > 0;
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200);
