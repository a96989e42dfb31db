import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/**
 * Counts a start against the limit per minute; false when the limit is reached. The counter is in the table, so that
 * all functions share it, and expires after an hour.
 *
 * @param now epoch milliseconds
 */
export async function countStart(
  { client, table }: { readonly client: DynamoDBDocumentClient; readonly table: string },
  max: number,
  now: number,
): Promise<boolean> {
  const minute = new Date(now).toISOString().slice(0, 16);
  const command = new UpdateCommand({
    TableName: table,
    Key: { pk: 'events', sk: minute },
    UpdateExpression: 'ADD #taken :one SET #expiresAt = :end',
    ConditionExpression: 'attribute_not_exists(#taken) OR #taken < :max',
    ExpressionAttributeNames: { '#taken': 'taken', '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: { ':one': 1, ':max': max, ':end': Math.floor(now / 1000) + 3600 },
  });
  try {
    await client.send(command);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
