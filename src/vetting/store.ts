import { setTimeout as sleepFor } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { auditItems } from './audit-items.ts';
import { holdItems } from './hold-items.ts';
import { metadataItems } from './metadata-items.ts';
import { projectItems } from './project-items.ts';
import { releaseItems } from './release-items.ts';
import { requestItems } from './request-items.ts';
import type { VettingStore } from './store-types.ts';
import { documentClient } from './table.ts';
import { tableClient } from './table-client.ts';
import { vettedWithItems } from './vetted-with.ts';

/** Returns the store over an existing table. `now` returns epoch milliseconds. */
export function vettingStore({
  client,
  table,
  now,
  sleep = sleepFor,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly now: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}): VettingStore {
  const items = tableClient(client, table, sleep);
  return {
    ...requestItems(items, now),
    ...releaseItems(items, now),
    ...metadataItems(items, now),
    ...vettedWithItems(items, now),
    ...projectItems(items, now),
    ...holdItems(items, now),
    ...auditItems(items),
  };
}

/** Opens the store over an existing table. `now` returns epoch milliseconds. */
export function openVettingStore(client: DynamoDBClient, table: string, now: () => number): VettingStore {
  return vettingStore({ client: documentClient(client), table, now });
}
