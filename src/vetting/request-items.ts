import { plain, updateOf } from './expressions.ts';
import { requestKey, requestReleasePrefix, requestReleaseSortKey } from './keys.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';
import type { RequestRecord, RequestRelease } from './types.ts';

type RequestItems = Pick<
  VettingStore,
  | 'readRequest'
  | 'claimRequest'
  | 'answerAttempt'
  | 'updateRequest'
  | 'countSecure'
  | 'reopenRequest'
  | 'putRequestReleases'
  | 'requestReleases'
>;

/** Requests may be forgotten; the table's time to live, where one is set up, goes by this (epoch seconds). */
const keptSeconds = 90 * 24 * 3600;

/** The request's half of the store. */
export function requestItems(items: TableClient, now: () => number): RequestItems {
  const iso = () => new Date(now()).toISOString();
  const expiresAt = () => Math.floor(now() / 1000) + keptSeconds;
  return {
    async readRequest(requestId, { consistent = false } = {}) {
      const item = await items.get(requestKey(requestId), consistent);
      return item === undefined ? undefined : readRequestItem(item);
    },
    async claimRequest(record, seen) {
      return items.put({ ...record, ...requestKey(record.requestId), expiresAt: expiresAt() }, stillAs(seen));
    },
    async answerAttempt(requestId, execution, attempt) {
      const item = await items.update(requestKey(requestId), {
        UpdateExpression: 'SET #attempt = :attempt',
        ConditionExpression: '#execution = :execution AND #attempt < :attempt AND #status = :check',
        ExpressionAttributeNames: { '#attempt': 'attempt', '#execution': 'execution', '#status': 'status' },
        ExpressionAttributeValues: { ':attempt': attempt, ':execution': execution, ':check': 'CHECK' },
      });
      return item !== undefined;
    },
    async updateRequest(requestId, execution, change) {
      const update = updateOf({ ...change, updatedAt: iso() });
      const item = await items.update(requestKey(requestId), {
        ...update,
        ConditionExpression: '#execution = :execution',
        ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#execution': 'execution' },
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':execution': execution },
      });
      return item !== undefined;
    },
    async countSecure(requestId, execution, more) {
      const item = await items.update(requestKey(requestId), {
        UpdateExpression: 'SET #counts.#secure = #counts.#secure + :more, #updatedAt = :updatedAt',
        ConditionExpression: '#execution = :execution',
        ExpressionAttributeNames: {
          '#counts': 'counts',
          '#secure': 'secure',
          '#updatedAt': 'updatedAt',
          '#execution': 'execution',
        },
        ExpressionAttributeValues: { ':more': more, ':updatedAt': iso(), ':execution': execution },
      });
      return item !== undefined;
    },
    async reopenRequest(seen) {
      const still = stillAs(seen);
      const item = await items.update(requestKey(seen.requestId), {
        UpdateExpression: 'SET #reopened = :reopened',
        ConditionExpression: still.ConditionExpression,
        ExpressionAttributeNames: { ...still.ExpressionAttributeNames, '#reopened': 'reopened' },
        ExpressionAttributeValues: { ...still.ExpressionAttributeValues, ':reopened': true },
      });
      return item !== undefined;
    },
    async putRequestReleases(requestId, releases) {
      const { pk } = requestKey(requestId);
      const expires = expiresAt();
      await items.putAll(
        releases.map((release) => ({ ...release, pk, sk: requestReleaseSortKey(release), expiresAt: expires })),
      );
    },
    async requestReleases(requestId, range) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression:
          range === undefined ? 'pk = :pk AND begins_with(sk, :from)' : 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: plain({
          ':pk': requestKey(requestId).pk,
          ':from': range?.from ?? requestReleasePrefix,
          ':to': range?.to,
        }),
      });
      return found.map(readRequestRelease);
    },
  };
}

/** The item without its keys. */
export function readRequestItem({ pk: _, sk: __, expiresAt: ___, ...record }: Record<string, unknown>): RequestRecord {
  return record as RequestRecord;
}

function readRequestRelease({ pk: _, sk: __, expiresAt: ___, ...release }: Record<string, unknown>): RequestRelease {
  return release as RequestRelease;
}

/** The item is still what was read: nobody claimed, renewed or ended it since. */
function stillAs(seen: RequestRecord | undefined) {
  if (seen === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression:
      '#execution = :execution AND #attempt = :attempt AND #status = :status AND #leaseUntil = :leaseUntil',
    ExpressionAttributeNames: {
      '#execution': 'execution',
      '#attempt': 'attempt',
      '#status': 'status',
      '#leaseUntil': 'leaseUntil',
    },
    ExpressionAttributeValues: {
      ':execution': seen.execution,
      ':attempt': seen.attempt,
      ':status': seen.status,
      ':leaseUntil': seen.leaseUntil,
    },
  };
}
