import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ReleaseRecord } from '../../../vetting/types.ts';

type Item = Record<string, unknown>;

/** Releases per run. The function checks sixteen in parallel and stays well below its limit of fifteen minutes. */
const maxReleases = 20_000;
const cursorKey = { pk: 'recheck', sk: 'cursor' };

/**
 * Returns the next releases in secure-pypi to check, in the order of their last change. A cursor in the table lets each
 * run continue where the last one ended, and start over after the last release.
 */
export async function nextSecureReleases({
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
  const items: Item[] = [];
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
    items.push(...(page.Items ?? []).filter(({ pk }) => String(pk).startsWith('pypi#')));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && items.length < maxReleases);
  const at = new Date(now).toISOString();
  await client.send(new PutCommand({ TableName: table, Item: { ...cursorKey, next: start ?? null, at } }));
  return items.map(({ pk: _, sk: __, ...record }) => record as ReleaseRecord);
}
