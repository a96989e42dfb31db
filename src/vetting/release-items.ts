import { updateExpression } from './expressions.ts';
import {
  afterWithheld,
  evidenceKey,
  type Key,
  projectPartition,
  releaseKey,
  releasePrefix,
  uploadTimesKey,
  uploadTimesPrefix,
  vettedFilesKey,
  withheldKey,
  withheldPrefix,
} from './keys.ts';
import type { ReleaseClaim, VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';
import type { ReleaseKey, ReleaseRecord, UploadTimes, VettedFiles, WithheldFiles } from './types.ts';

type ReleaseItems = Pick<
  VettingStore,
  | 'readRelease'
  | 'readReleases'
  | 'releasesOf'
  | 'projectRecords'
  | 'claimRelease'
  | 'advance'
  | 'renewRelease'
  | 'putEvidence'
  | 'readEvidence'
  | 'putVettedFiles'
  | 'vettedFiles'
  | 'putWithheld'
  | 'withheldOf'
  | 'putUploadTimes'
  | 'uploadTimesOf'
>;

/** Returns the withheld files of a release from their item. */
export function readWithheldFiles({ pk: _, sk: __, at: ___, ...withheld }: Record<string, unknown>): WithheldFiles {
  return withheld as WithheldFiles;
}

const maxEvidenceBytes = 30_000;

/** Returns the store's methods for releases and their evidence. */
export function releaseItems(items: TableClient, now: () => number): ReleaseItems {
  const iso = () => new Date(now()).toISOString();
  const readAll = async (keys: readonly Key[]) => {
    const found = await items.getAll(keys);
    return keys.map(({ pk, sk }) => found.get(`${pk}\n${sk}`));
  };
  return {
    async readRelease(release, { consistent = false } = {}) {
      const item = await items.get(releaseKey(release), consistent);
      return item === undefined ? undefined : readReleaseItem(item);
    },
    async readReleases(releases) {
      const found = await readAll(releases.map(releaseKey));
      return found.map((item) => (item === undefined ? undefined : readReleaseItem(item)));
    },
    async releasesOf(name) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': releasePrefix },
      });
      return found.map(readReleaseItem);
    },
    async projectRecords(name) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':from': releasePrefix, ':to': afterWithheld },
      });
      const starting = (prefix: string) => found.filter(({ sk }) => String(sk).startsWith(prefix));
      return {
        releases: starting(releasePrefix).map(readReleaseItem),
        withheld: starting(withheldPrefix).map(readWithheldFiles),
      };
    },
    async claimRelease(claim) {
      const item = await items.update(releaseKey(claim.release), claimUpdate(claim, iso(), now()));
      return item === undefined ? undefined : readReleaseItem(item);
    },
    async advance(release, execution, from, change) {
      const update = updateExpression({ ...change, updatedAt: iso() });
      const item = await items.update(releaseKey(release), {
        ...update,
        ConditionExpression: '#execution = :execution AND #status = :from',
        ExpressionAttributeNames: {
          ...update.ExpressionAttributeNames,
          '#execution': 'execution',
          '#status': 'status',
        },
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':execution': execution, ':from': from },
      });
      return item !== undefined;
    },
    async renewRelease(release, execution, leaseUntil) {
      const item = await items.update(releaseKey(release), {
        UpdateExpression: 'SET #leaseUntil = :leaseUntil',
        ConditionExpression: `#execution = :execution AND ${underway}`,
        ExpressionAttributeNames: { '#leaseUntil': 'leaseUntil', '#execution': 'execution', '#status': 'status' },
        ExpressionAttributeValues: { ':leaseUntil': leaseUntil, ':execution': execution, ...underwayValues },
      });
      return item !== undefined;
    },
    async putEvidence(release, evidence) {
      const text = JSON.stringify(evidence) ?? 'null';
      const isTooLong = Buffer.byteLength(text) > maxEvidenceBytes;
      const json = isTooLong ? Buffer.from(text).subarray(0, maxEvidenceBytes).toString() : text;
      await items.put({ ...evidenceKey(release), json, ...(isTooLong ? { cut: true } : {}), at: iso() });
    },
    async putVettedFiles(files) {
      await items.put({ ...vettedFilesKey(files), ...files, at: iso() });
    },
    async vettedFiles(releases) {
      const found = await readAll(releases.map(vettedFilesKey));
      return found.map((item) => (item === undefined ? undefined : readVettedFiles(item)));
    },
    async putWithheld(withheld) {
      await items.put({ ...withheldKey(withheld), ...withheld, at: iso() });
    },
    async withheldOf(name) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': withheldPrefix },
      });
      return found.map(readWithheldFiles);
    },
    async putUploadTimes(times) {
      await items.putAll(times.map((release) => ({ ...uploadTimesKey(release), ...release, at: iso() })));
    },
    async uploadTimesOf(name) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': uploadTimesPrefix },
      });
      return found.map(({ pk: _, sk: __, at: ___, ...times }) => times as UploadTimes);
    },
    async readEvidence(release) {
      const item = await items.get(evidenceKey(release), false);
      if (item === undefined) return undefined;
      return item.cut === true ? { cut: item.json } : JSON.parse(String(item.json));
    },
  };
}

function readVettedFiles({ pk: _, sk: __, at: ___, ...files }: Record<string, unknown>): VettedFiles {
  return files as VettedFiles;
}

/** Returns the item without its keys. */
export function readReleaseItem({ pk: _, sk: __, ...record }: Record<string, unknown>): ReleaseRecord {
  return record as ReleaseRecord;
}

const underway = '#status IN (:check, :ingest, :copy)';
const underwayValues = { ':check': 'CHECK', ':ingest': 'INGEST', ':copy': 'COPY' };

/**
 * States in which an execution may claim a release: no record, an expired lease, or a stale verdict. A SECURE record
 * is claimable only in the state that was read as incomplete; `claimUpdate` adds that condition.
 *
 * AND binds first. There are no parentheses around these, because the local stack takes much longer to parse nested ones.
 */
const claimable = [
  'attribute_not_exists(pk)',
  `${underway} AND #leaseUntil < :now`,
  `${underway} AND #execution = :execution`,
  // The document decides how often an execution retries its own ERROR.
  '#status = :error',
  '#status = :held AND #updatedAt < :startedAt',
  '#status = :held AND #policyVersion <> :policy',
  '#status = :blocked AND #policyVersion <> :policy',
];

function claimUpdate(claim: ReleaseClaim, updatedAt: string, now: number) {
  const { release, execution, requestedBy, leaseUntil, incompleteSince } = claim;
  const isIncomplete = incompleteSince !== undefined;
  const update = updateExpression({
    ...(release satisfies ReleaseKey),
    status: 'CHECK',
    execution,
    requestedBy,
    leaseUntil,
    updatedAt,
    cause: undefined,
    importFailure: undefined,
    seen: undefined,
    heldUntil: undefined,
    unknownSources: undefined,
    scope: undefined,
    retriable: undefined,
    ...(isIncomplete ? { wasSecure: true } : {}),
  });
  return {
    ...update,
    UpdateExpression: update.UpdateExpression.replace(
      'SET ',
      'SET #createdAt = if_not_exists(#createdAt, :updatedAt), ',
    ),
    ConditionExpression: [
      ...claimable,
      ...(isIncomplete ? ['#status = :secure AND #updatedAt = :incompleteSince'] : []),
    ].join(' OR '),
    ExpressionAttributeNames: {
      ...update.ExpressionAttributeNames,
      '#createdAt': 'createdAt',
      '#policyVersion': 'policyVersion',
    },
    ExpressionAttributeValues: {
      ...update.ExpressionAttributeValues,
      ...underwayValues,
      ':now': now,
      ':error': 'ERROR',
      ':held': 'HELD',
      ':blocked': 'BLOCKED',
      ':policy': claim.policyVersion,
      ':startedAt': claim.startedAt,
      ...(isIncomplete ? { ':secure': 'SECURE', ':incompleteSince': incompleteSince } : {}),
    },
  };
}
