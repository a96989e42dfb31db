import { updateExpression, withoutUndefined } from './expressions.ts';
import { requestKey, requestReleasePrefix, requestReleaseSortKey } from './keys.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';
import type { RequestRecord, RequestRelease } from './types.ts';

type RequestItems = Pick<
  VettingStore,
  | 'readRequest'
  | 'claimRequest'
  | 'raiseAttempt'
  | 'updateRequest'
  | 'countSecure'
  | 'reopenRequest'
  | 'putRequestReleases'
  | 'putRequestRelease'
  | 'requestReleases'
>;

/** How long a request's items are kept. DynamoDB's TTL reads `expiresAt`, in epoch seconds. */
const retentionSeconds = 90 * 24 * 3600;

/** Returns the store's methods for requests and their releases. */
export function requestItems(items: TableClient, now: () => number): RequestItems {
  const iso = () => new Date(now()).toISOString();
  const expiresAt = () => Math.floor(now() / 1000) + retentionSeconds;
  const releaseItem = (requestId: string, release: RequestRelease) => {
    const { pk } = requestKey(requestId);
    return { ...release, pk, sk: requestReleaseSortKey(release), expiresAt: expiresAt() };
  };
  return {
    async readRequest(requestId, { consistent = false } = {}) {
      const item = await items.get(requestKey(requestId), consistent);
      return item === undefined ? undefined : readRequestItem(item);
    },
    async claimRequest(record, expected) {
      const item = { ...record, ...requestKey(record.requestId), expiresAt: expiresAt() };
      return items.put(item, unchangedCondition(expected));
    },
    async raiseAttempt(requestId, execution, attempt) {
      const item = await items.update(requestKey(requestId), {
        UpdateExpression: 'SET #attempt = :attempt',
        ConditionExpression: '#execution = :execution AND #attempt < :attempt AND #status = :check',
        ExpressionAttributeNames: { '#attempt': 'attempt', '#execution': 'execution', '#status': 'status' },
        ExpressionAttributeValues: { ':attempt': attempt, ':execution': execution, ':check': 'CHECK' },
      });
      return item !== undefined;
    },
    async updateRequest(requestId, execution, change) {
      const update = updateExpression({ ...change, updatedAt: iso() });
      const item = await items.update(requestKey(requestId), {
        ...update,
        ConditionExpression: '#execution = :execution',
        ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#execution': 'execution' },
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':execution': execution },
      });
      return item !== undefined;
    },
    async countSecure(requestId, execution, count) {
      const item = await items.update(requestKey(requestId), {
        UpdateExpression: 'SET #counts.#secure = #counts.#secure + :count, #updatedAt = :updatedAt',
        ConditionExpression: '#execution = :execution',
        ExpressionAttributeNames: {
          '#counts': 'counts',
          '#secure': 'secure',
          '#updatedAt': 'updatedAt',
          '#execution': 'execution',
        },
        ExpressionAttributeValues: { ':count': count, ':updatedAt': iso(), ':execution': execution },
      });
      return item !== undefined;
    },
    async reopenRequest(expected) {
      const unchanged = unchangedCondition(expected);
      const item = await items.update(requestKey(expected.requestId), {
        UpdateExpression: 'SET #reopened = :reopened',
        ConditionExpression: unchanged.ConditionExpression,
        ExpressionAttributeNames: { ...unchanged.ExpressionAttributeNames, '#reopened': 'reopened' },
        ExpressionAttributeValues: { ...unchanged.ExpressionAttributeValues, ':reopened': true },
      });
      return item !== undefined;
    },
    async putRequestReleases(requestId, releases) {
      await items.putAll(releases.map((release) => releaseItem(requestId, release)));
    },
    async putRequestRelease(requestId, release) {
      await items.put(releaseItem(requestId, release));
    },
    async requestReleases(requestId, range) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression:
          range === undefined ? 'pk = :pk AND begins_with(sk, :from)' : 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: withoutUndefined({
          ':pk': requestKey(requestId).pk,
          ':from': range?.from ?? requestReleasePrefix,
          ':to': range?.to,
        }),
      });
      return found.map(readRequestRelease);
    },
  };
}

/** Returns the item without its keys. */
export function readRequestItem({ pk: _, sk: __, expiresAt: ___, ...record }: Record<string, unknown>): RequestRecord {
  return record as RequestRecord;
}

function readRequestRelease({ pk: _, sk: __, expiresAt: ___, ...release }: Record<string, unknown>): RequestRelease {
  return release as RequestRelease;
}

/** Returns the condition that no execution has claimed, renewed or ended the item since it was read. */
function unchangedCondition(expected: RequestRecord | undefined) {
  if (expected === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
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
      ':execution': expected.execution,
      ':attempt': expected.attempt,
      ':status': expected.status,
      ':leaseUntil': expected.leaseUntil,
    },
  };
}
