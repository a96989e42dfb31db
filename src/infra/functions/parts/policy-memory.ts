import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { policyMemoryKey } from '../../../vetting/policy-memory.ts';

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
