import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { serviceError } from '../../../aws/service-errors.ts';
import { AwspipError } from '../../../errors.ts';

/**
 * Copies of all functions together in each period: 4.5 per second, evenly spaced. CodeArtifact allows five per second,
 * account and region.
 */
const perPeriod = 9;
const periodMilliseconds = 2_000;
/** Periods ahead that a turn may be. More copies than that wait until the state machine calls again. */
const maxPeriodsAhead = 150;

/**
 * Returns a function that waits for its caller's turn to copy. Turns are counted in the table, by the period, so that all
 * functions share the quota, however many run. The counters expire after an hour.
 *
 * It throws AwspipError `copies-queued` (`unavailable`), and those of the table.
 */
export function copyBudget({
  client,
  table,
  now,
  sleep,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}): () => Promise<void> {
  let firstFree = 0;
  return async () => {
    const current = Math.floor(now() / periodMilliseconds);
    for (let period = Math.max(current, firstFree); period < current + maxPeriodsAhead; ) {
      const turn = await takeTurn(client, table, period);
      if (turn !== undefined) {
        const wait = (period + (turn - 1) / perPeriod) * periodMilliseconds - now();
        if (wait > 0) await sleep(wait);
        return;
      }
      firstFree = Math.max(firstFree, period + 1);
      period = firstFree;
    }
    throw new AwspipError('copies-queued', 'too many copies wait for the quota of CodeArtifact', {
      exit: 'unavailable',
      hint: 'run the same command again in a few minutes; it continues the vetting',
    });
  };
}

/** Takes a turn in a period and returns its number from 1 to `perPeriod`; undefined if none is left. */
async function takeTurn(client: DynamoDBDocumentClient, table: string, period: number): Promise<number | undefined> {
  const command = new UpdateCommand({
    TableName: table,
    Key: { pk: 'copies', sk: String(period) },
    UpdateExpression: 'ADD #taken :one SET #expiresAt = :end',
    ConditionExpression: 'attribute_not_exists(#taken) OR #taken < :max',
    ExpressionAttributeNames: { '#taken': 'taken', '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: {
      ':one': 1,
      ':max': perPeriod,
      ':end': Math.floor((period * periodMilliseconds) / 1000) + 3600,
    },
    ReturnValues: 'UPDATED_NEW',
  });
  try {
    return (await client.send(command)).Attributes?.taken;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
    throw serviceError(error, `table ${table}`);
  }
}
