import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import { type Hold, mergeHold } from './hold.ts';
import { holdKey, holdPrefix, holdsPartition } from './keys.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';

type HoldItems = Pick<VettingStore, 'recordHold' | 'holds' | 'holdsOf'>;

/** How long a hold is kept after its last request. DynamoDB's TTL reads `expiresAt`, in epoch seconds. */
const retentionSeconds = 90 * 24 * 3600;
const maxTries = 10;

/** Returns the store's methods for the queue of releases that people asked for. */
export function holdItems(items: TableClient, now: () => number): HoldItems {
  const isKept = (item: Record<string, unknown>) => Number(item.expiresAt) * 1000 > now();
  return {
    async recordHold(request) {
      const key = holdKey(request);
      for (let tries = 0; tries < maxTries; tries += 1) {
        const item = await items.get(key, true);
        // DynamoDB deletes expired items late, so an expired one does not count.
        const found = item === undefined || !isKept(item) ? undefined : readHold(item);
        const at = new Date(now()).toISOString();
        const revision = item === undefined ? undefined : readHold(item).revision;
        const hold = { ...mergeHold(found, request, at), revision: (revision ?? 0) + 1 };
        const expiresAt = Math.floor(now() / 1000) + retentionSeconds;
        if (await items.put({ ...hold, ...key, expiresAt }, unchanged(revision))) return;
      }
      throw new AwspipError('hold-contended', `other requests kept changing the hold of ${request.name}`, {
        exit: 'unavailable',
        hint: 'run the same command again',
      });
    },
    async holds({ limit = 2_000, prefix = '' } = {}) {
      const found = await items.query(
        {
          ConsistentRead: true,
          KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': holdsPartition, ...(prefix !== '' && { ':prefix': prefix }) },
        },
        limit + 1,
      );
      return { holds: found.slice(0, limit).filter(isKept).map(readHold), complete: found.length <= limit };
    },
    async holdsOf(name: ProjectName) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': holdsPartition, ':prefix': holdPrefix(name) },
      });
      return found.filter(isKept).map(readHold);
    },
  };
}

function unchanged(revision: number | undefined) {
  if (revision === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: '#revision = :revision',
    ExpressionAttributeNames: { '#revision': 'revision' },
    ExpressionAttributeValues: { ':revision': revision },
  };
}

function readHold({ pk: _, sk: __, expiresAt: ___, ...hold }: Record<string, unknown>): Hold {
  return hold as Hold;
}
