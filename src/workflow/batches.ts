import { chunks } from '../vetting/expressions.ts';
import { requestReleaseSortKey } from '../vetting/keys.ts';
import type { ReleaseRecord, RequestRelease } from '../vetting/types.ts';
import type { Claim } from './claim.ts';
import type { WorkflowPorts } from './ports.ts';

/** A run of the request's releases, by first and last sort key: two keys travel, whatever the batch holds. */
export type Batch = { readonly from: string; readonly to: string };

const batchSize = 25;

/** A chosen release beside what is on record of it. */
export type Chosen = { readonly release: RequestRelease; readonly record: ReleaseRecord | undefined };

/** The releases of this round (of one batch, or all) and their records, read consistently. */
export async function chosenReleases(
  { store }: Pick<WorkflowPorts, 'store'>,
  { requestId, execution }: Claim,
  round: number,
  batch?: Batch,
): Promise<Chosen[]> {
  const all = await store.requestReleases(requestId, batch);
  const releases = all.filter((release) => release.execution === execution && release.round === round);
  const records = await store.readReleases(releases);
  return releases.map((release, at) => ({ release, record: records[at] }));
}

/** Batches that cover these releases, in the order of the table's keys. */
export function batchesOf(releases: readonly RequestRelease[]): Batch[] {
  const keys = releases.map(requestReleaseSortKey).sort(byBytes);
  return chunks(keys, batchSize).map((run) => ({ from: run[0] ?? '', to: run.at(-1) ?? '' }));
}

/**
 * What is left to do about a release: nothing when it is SECURE with every installable file that upstream lists, or
 * when this execution already tried to bring the rest in; else it is worth a claim.
 */
export function needsWork({ release, record }: Chosen, execution: string): boolean {
  if (record?.status !== 'SECURE') return true;
  return record.execution !== execution && lacksFiles(release, record);
}

/** Whether upstream lists installable files that the SECURE release was vetted without. */
function lacksFiles(release: RequestRelease, record: ReleaseRecord): boolean {
  const held = record.sha256 ?? {};
  return Object.keys(release.sha256).some((filename) => isInstallable(filename) && !Object.hasOwn(held, filename));
}

/** Formats that pip of today installs; what upstream lists beside them (`.egg`, `.exe`) may never arrive. */
const isInstallable = (filename: string): boolean => /\.(?:whl|tar\.gz|zip)$/.test(filename);

/** DynamoDB sorts keys by their UTF-8 bytes. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
