import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/**
 * Takes one of the minute's places; false when none is left. Counted in the table, so that every function counts
 * together; the count is forgotten after an hour.
 *
 * @param now epoch milliseconds
 */
export async function takeMinuteSlot(
  { client, table }: { readonly client: DynamoDBDocumentClient; readonly table: string },
  max: number,
  now: number,
): Promise<boolean> {
  const minute = new Date(now).toISOString().slice(0, 16);
  const command = new UpdateCommand({
    TableName: table,
    Key: { pk: 'events', sk: minute },
    UpdateExpression: 'ADD #taken :one SET #expiresAt = :end',
    ConditionExpression: 'attribute_not_exists(#taken) OR #taken < :most',
    ExpressionAttributeNames: { '#taken': 'taken', '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: { ':one': 1, ':most': max, ':end': Math.floor(now / 1000) + 3600 },
  });
  try {
    await client.send(command);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
