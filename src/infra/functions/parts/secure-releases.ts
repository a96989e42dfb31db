import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ReleaseRecord } from '../../../vetting/types.ts';

type Item = Record<string, unknown>;

/** Within a function's fifteen minutes with room to spare: two feeds' answers a release, sixteen at once. */
const max = 20_000;
const cursorKey = { pk: 'recheck', sk: 'cursor' };

/**
 * The next releases in secure-pypi to look up again, by the order of their last change. Where one run ends the next
 * goes on, and begins anew at the end, so that however many there are each has its turn.
 */
export async function nextSecure({
  client,
  table,
  now,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly now: number;
}): Promise<readonly ReleaseRecord[]> {
  const { Item: cursor } = await client.send(new GetCommand({ TableName: table, Key: cursorKey }));
  let start = (cursor?.next ?? undefined) as Item | undefined;
  const found: Item[] = [];
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'byStatus',
        KeyConditionExpression: '#status = :status',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': 'SECURE' },
        ExclusiveStartKey: start,
      }),
    );
    found.push(...(page.Items ?? []).filter(({ pk }) => String(pk).startsWith('pypi#')));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && found.length < max);
  const at = new Date(now).toISOString();
  await client.send(new PutCommand({ TableName: table, Item: { ...cursorKey, next: start ?? null, at } }));
  return found.map(({ pk: _, sk: __, ...record }) => record as ReleaseRecord);
}
