import { chunks } from '../vetting/expressions.ts';
import { requestReleaseSortKey } from '../vetting/keys.ts';
import type { ReleaseKey, ReleaseRecord, RequestRelease } from '../vetting/types.ts';
import type { Claim } from './claim.ts';
import type { WorkflowPorts } from './ports.ts';

/** A range of the request's releases by first and last sort key, so that the state carries two keys per batch. */
export type Batch = { readonly from: string; readonly to: string };

const batchSize = 25;

/** A release that the resolver chose, and its record. */
export type Chosen = { readonly release: RequestRelease; readonly record: ReleaseRecord | undefined };

/** Reads the releases of a round, or of one batch of it, and their records consistently. */
export async function chosenReleases(
  { store }: Pick<WorkflowPorts, 'store'>,
  { requestId, execution }: Claim,
  round: number,
  batch?: Batch,
): Promise<Chosen[]> {
  const items = await store.requestReleases(requestId, batch);
  const releases = items.filter((release) => release.execution === execution && release.round === round);
  const records = await store.readReleases(releases);
  return releases.map((release, at) => ({ release, record: records[at] }));
}

/** Reads what the request chose for the releases of a batch, by `name version`. */
export async function chosenOfBatch(
  ports: Pick<WorkflowPorts, 'store'>,
  { claim, round, keys }: { readonly claim: Claim; readonly round: number; readonly keys: readonly ReleaseKey[] },
): Promise<ReadonlyMap<string, RequestRelease>> {
  const sorted = keys.map(requestReleaseSortKey).sort();
  const chosen = await chosenReleases(ports, claim, round, { from: sorted[0] ?? '', to: sorted.at(-1) ?? '' });
  return new Map(chosen.map(({ release }) => [`${release.name} ${release.version}`, release]));
}

/** Returns batches that cover these releases, in the order of the table's keys. */
export function batchesOf(releases: readonly RequestRelease[]): Batch[] {
  const keys = releases.map(requestReleaseSortKey).sort(byBytes);
  return chunks(keys, batchSize).map((chunk) => ({ from: chunk[0] ?? '', to: chunk.at(-1) ?? '' }));
}

/**
 * Checks whether a release needs a claim. It does not if it is SECURE with every installable file that upstream lists,
 * and the file that the request needs is not withheld, or if this execution has already vetted it.
 */
export function needsWork(chosen: Chosen, execution: string): boolean {
  const { release, record } = chosen;
  if (record?.status !== 'SECURE') return true;
  return isFileWithheld(chosen) || (record.execution !== execution && lacksFiles(release, record));
}

/** Checks whether the file that the request needs of a vetted release is withheld. */
export function isFileWithheld({ release: { file }, record }: Chosen): boolean {
  return file !== undefined && record?.withheld?.includes(file) === true;
}

/** Checks whether upstream lists installable files that were not vetted with the SECURE release. */
function lacksFiles(release: RequestRelease, record: ReleaseRecord): boolean {
  const vetted = record.sha256 ?? {};
  return Object.keys(release.sha256).some((filename) => isInstallable(filename) && !Object.hasOwn(vetted, filename));
}

/** Checks for a format that pip installs. CodeArtifact may never import others that upstream lists (`.egg`, `.exe`). */
const isInstallable = (filename: string): boolean => /\.(?:whl|tar\.gz|zip)$/.test(filename);

/** Compares keys by their UTF-8 bytes, as DynamoDB does. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
