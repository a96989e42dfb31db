import { parseFilename } from '../index/filename.ts';
import { chunks } from '../vetting/expressions.ts';
import { fileMark } from '../vetting/file-mark.ts';
import { requestReleaseSortKey } from '../vetting/keys.ts';
import type { ReleaseKey, ReleaseRecord, RequestRelease, VettedFiles } from '../vetting/types.ts';
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

/** Returns the range of the table's keys that covers these releases. */
function rangeOf(keys: readonly ReleaseKey[]): Batch {
  const sorted = keys.map(requestReleaseSortKey).sort(byBytes);
  return { from: sorted[0] ?? '', to: sorted.at(-1) ?? '' };
}

/** The releases of a batch that an execution has claimed in a round. */
export type ClaimedBatch = { readonly claim: Claim; readonly round: number; readonly keys: readonly ReleaseKey[] };

/** Reads what the request chose for the releases of a batch, by `name version`. */
export async function chosenOfBatch(
  { store }: Pick<WorkflowPorts, 'store'>,
  { claim, round, keys }: ClaimedBatch,
): Promise<ReadonlyMap<string, RequestRelease>> {
  const releases = await store.requestReleases(claim.requestId, rangeOf(keys));
  const own = releases.filter((release) => release.execution === claim.execution && release.round === round);
  return new Map(own.map((release) => [`${release.name} ${release.version}`, release]));
}

/** Returns batches that cover these releases, in the order of the table's keys. */
export function batchesOf(releases: readonly RequestRelease[]): Batch[] {
  const keys = releases.map(requestReleaseSortKey).sort(byBytes);
  return chunks(keys, batchSize).map((chunk) => ({ from: chunk[0] ?? '', to: chunk.at(-1) ?? '' }));
}

/**
 * Returns the releases that need a claim. A release doesn't if it is SECURE with every installable file that upstream
 * lists, its wheels were looked at for METADATA, and the file that the request needs is not withheld, or if this execution
 * has already vetted it.
 */
export async function releasesToVet(
  { store }: Pick<WorkflowPorts, 'store'>,
  chosen: readonly Chosen[],
  execution: string,
): Promise<Chosen[]> {
  const vettedBefore = chosen.filter(({ record }) => record?.status === 'SECURE' && record.execution !== execution);
  const keys = vettedBefore.map(({ release }) => release);
  const [files, metadata] = await Promise.all([store.vettedFiles(keys), store.metadataOf(keys)]);
  const incomplete = new Set(
    vettedBefore.filter(
      ({ release }, at) => lacksFiles(release, files[at]) || (metadata[at] === undefined && hasWheel(release)),
    ),
  );
  return chosen.filter((one) => one.record?.status !== 'SECURE' || isFileWithheld(one) || incomplete.has(one));
}

/** Checks whether the file that the request needs of a vetted release is withheld. */
export function isFileWithheld({ release: { file }, record }: Chosen): boolean {
  return file !== undefined && record?.withheld?.includes(fileMark(file)) === true;
}

/** Checks whether upstream lists installable files that were not vetted with the SECURE release. */
function lacksFiles({ sha256 }: RequestRelease, vetted: VettedFiles | undefined): boolean {
  return Object.keys(sha256).some(
    (filename) => isInstallable(filename) && !Object.hasOwn(vetted?.sha256 ?? {}, filename),
  );
}

const hasWheel = ({ sha256 }: RequestRelease): boolean => Object.keys(sha256).some((name) => name.endsWith('.whl'));

/**
 * Returns the files of a release that pip could install, with their assessed digests. All of them are inspected or
 * withheld, and no release with others is copied.
 */
export function inspectedDigests(chosen: RequestRelease | undefined): RequestRelease['sha256'] {
  if (chosen === undefined) return {};
  const { name, sha256 } = chosen;
  return Object.fromEntries(Object.entries(sha256).filter(([filename]) => parseFilename(filename, name) !== undefined));
}

/** Checks for a format that CodeArtifact imports. It may never import others that upstream lists (`.egg`, `.exe`). */
export const isInstallable = (filename: string): boolean => /\.(?:whl|tar\.gz|zip)$/.test(filename);

/** Compares keys by their UTF-8 bytes, as DynamoDB does. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
