import { findEntry } from '../firewall/lists.ts';
import type { ListEntry, Policy } from '../firewall/policy.ts';
import type { Signal } from '../firewall/types.ts';
import { parseFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { compareVersions, isPrerelease } from '../index/versions.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { describeApproval, standingApproval } from '../vetting/approvals.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { ReleaseRecord, RequestRecord } from '../vetting/types.ts';

export type RecheckPorts = {
  readonly store: Pick<VettingStore, 'advance' | 'approvalsOf'>;
  /** Releases in secure-pypi, those longest unlooked-at first; at most as many as there is time for. */
  readonly secure: () => Promise<readonly ReleaseRecord[]>;
  /** Ids of malware advisories that name this version. */
  readonly malware: (name: ProjectName, version: string) => Promise<Signal<readonly string[]>>;
  /** The project's page upstream; undefined when it cannot be had. */
  readonly page: (name: ProjectName) => Promise<ProjectPage | undefined>;
  readonly policy: Policy;
  readonly policyVersion: string;
  /** Switches a release in secure-pypi off, reversibly. */
  readonly archive: (release: ReleaseRecord) => Promise<void>;
  /** Asks for the newest release of a project; false when it was asked for or is being vetted. */
  readonly request: (name: ProjectName) => Promise<boolean>;
  readonly tell: (title: string, lines: readonly string[]) => Promise<void>;
  readonly now: () => number;
};

export type Rechecked = {
  readonly looked: number;
  /** Malware feeds that did not answer: their releases are looked at again next time. */
  readonly unknown: number;
  readonly archived: number;
  readonly requested: number;
  readonly failures: readonly string[];
};

const parallel = 16;
const maxRequests = 50;
const stuckMilliseconds = 600_000;

/**
 * Looks releases in secure-pypi up again: what has become known as bad is switched off and told of, and newer releases
 * of the same projects are asked for, so that fixes arrive without anyone asking.
 */
export async function recheck(ports: RecheckPorts): Promise<Rechecked> {
  const secure = await ports.secure();
  const failures: string[] = [];
  const found = await mapConcurrently([...secure], parallel, (record) => whyBad(record, ports));
  const bad = secure.flatMap((record, at) => {
    const why = found[at];
    return typeof why === 'string' ? [{ record, why }] : [];
  });
  const archived = await mapConcurrently(bad, 4, (one) => switchOff(one.record, one.why, ports, failures));
  await reportFindings(
    bad.filter((_, at) => archived[at]),
    ports,
    failures,
  );
  const requested = await requestNewer(secure, ports, failures);
  return {
    looked: secure.length,
    unknown: found.filter((why) => why === false).length,
    archived: archived.filter(Boolean).length,
    requested,
    failures: failures.slice(0, 20),
  };
}

/** How many requests in CHECK nobody works on: their execution died without a word, and its lease ended a while ago. */
export function countStuck(underway: readonly RequestRecord[], now: number): number {
  return underway.filter(({ leaseUntil }) => leaseUntil < now - stuckMilliseconds).length;
}

/** Why a release is bad; undefined when nothing is known against it, false when the feeds do not say. */
async function whyBad({ name, version }: ReleaseRecord, ports: RecheckPorts): Promise<string | undefined | false> {
  const { policy, store, now } = ports;
  const decision = standingApproval(await store.approvalsOf(name), version, now());
  if (decision?.kind === 'deny') return describeApproval(decision);
  const blocked: ListEntry | undefined = findEntry(policy.block, { name, version }, now());
  if (blocked !== undefined && decision === undefined) return `on the block list: ${blocked.reason}`;
  if (decision?.evenMalware === true) return undefined;
  if (findEntry(policy.allow, { name, version }, now()) !== undefined) return undefined;
  const signal = await ports.malware(name, version);
  if (!signal.known) return false;
  return signal.value.length === 0 ? undefined : `known malware: ${signal.value.slice(0, 3).join(', ')}`;
}

/** Off first, then the record: if the second fails, the next run finds it SECURE and does both again. */
async function switchOff(
  record: ReleaseRecord,
  why: string,
  ports: RecheckPorts,
  failures: string[],
): Promise<boolean> {
  try {
    await ports.archive(record);
    const change = {
      status: 'BLOCKED',
      reasons: [{ text: why }],
      policyVersion: ports.policyVersion,
      cause: why,
    } as const;
    return await ports.store.advance(record, record.execution, 'SECURE', change);
  } catch (error) {
    failures.push(`${record.name} ${record.version} is ${why}, and could not be archived: ${words(error)}`);
    return false;
  }
}

/** A notice that nobody took is a failure like any other: what is left to do is done all the same. */
async function reportFindings(
  bad: readonly { readonly record: ReleaseRecord; readonly why: string }[],
  ports: RecheckPorts,
  failures: string[],
): Promise<void> {
  const lines = bad.map(({ record: { name, version }, why }) => `${name} ${version}: ${why}`);
  const notices: [string, readonly string[]][] = [
    [`ARCHIVED in secure-pypi: ${lines.length}`, lines],
    ['Secure releases that turned out bad are still there', [...failures]],
  ];
  for (const [title, about] of notices.filter(([, { length }]) => length > 0)) {
    try {
      await ports.tell(title, about);
    } catch (error) {
      failures.push(`nobody was told of it (${words(error)}), ${title}: ${about.slice(0, 5).join('; ')}`);
    }
  }
}

/** Projects whose newest stable release upstream is newer than all that is secure; asked for in bounds. */
async function requestNewer(
  secure: readonly ReleaseRecord[],
  ports: RecheckPorts,
  failures: string[],
): Promise<number> {
  const newest = new Map<ProjectName, string>();
  for (const { name, version } of secure) {
    const before = newest.get(name);
    if (before === undefined || compareVersions(before, version) < 0) newest.set(name, version);
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
      failures.push(`${name} could not be looked at for newer releases: ${words(error)}`);
    }
  });
  return requested;
}

/** Whether upstream lists a stable release, not yanked, that is newer. */
export function hasNewer(page: ProjectPage, name: ProjectName, version: string): boolean {
  return page.files.some(({ filename, yanked }) => {
    if (yanked !== false) return false;
    const listed = parseFilename(filename, name)?.version;
    return listed !== undefined && !isPrerelease(listed) && compareVersions(listed, version) > 0;
  });
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200);
