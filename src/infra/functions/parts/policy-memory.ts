import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { NamedIndex } from '../../../index/named-indexes.ts';
import { policyMemoryKey } from '../../../vetting/policy-memory.ts';
import type { VettingStore } from '../../../vetting/store-types.ts';

type Table = { readonly client: DynamoDBDocumentClient; readonly table: string };

/** Where a policy file was read. */
export type PolicyLocation = { readonly bucket: string; readonly key: string };

/**
 * Returns where the policy file was when it was first read; undefined if none was ever read. The table outlives the
 * stack, so that a new bucket without the file is noticed.
 */
export async function rememberedPolicy({ client, table }: Table): Promise<PolicyLocation | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: policyMemoryKey }));
  return Item === undefined ? undefined : { bucket: String(Item.bucket), key: String(Item.key) };
}

/**
 * Remembers that there is a policy file.
 *
 * @param now epoch milliseconds
 */
export async function rememberPolicy({ client, table }: Table, location: PolicyLocation, now: number): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: table,
      Key: policyMemoryKey,
      UpdateExpression: 'SET #bucket = :bucket, #key = :key, #at = :at',
      ExpressionAttributeNames: { '#bucket': 'bucket', '#key': 'key', '#at': 'at' },
      ExpressionAttributeValues: {
        ':bucket': location.bucket,
        ':key': location.key,
        ':at': new Date(now).toISOString(),
      },
    }),
  );
}

let known: string | undefined;

/** Writes the indexes of the policy for clients, if the table has others. */
export async function publishIndexes(
  store: Pick<VettingStore, 'policyIndexes' | 'putPolicyIndexes'>,
  indexes: readonly NamedIndex[],
): Promise<void> {
  const text = JSON.stringify(indexes.filter(({ problem }) => problem === undefined));
  known ??= JSON.stringify(await store.policyIndexes());
  if (known === text) return;
  await store.putPolicyIndexes(indexes);
  known = text;
}
