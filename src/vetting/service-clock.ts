import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The resolution of the header `Date`, in milliseconds. */
const resolution = 1000;

/**
 * Returns how many milliseconds the clock of DynamoDB is ahead of this machine's, by the `Date` of its last response
 * (RFC 9110, section 6.6.1); 0 before the first, and while both clocks may be equal. The records' times come from
 * machines with the right time, and this one may be hours off.
 */
export function serviceClock(client: DynamoDBClient, now: () => number): () => number {
  let offset = 0;
  client.middlewareStack.add(
    (next) => async (request) => {
      const sent = now();
      const answer = await next(request);
      const { headers } = answer.response as { headers?: Readonly<Record<string, string>> };
      const time = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(time)) offset = smallestOffset({ sent, received: now(), time });
      return answer;
    },
    { step: 'deserialize', name: 'serviceClock', priority: 'low' },
  );
  return () => offset;
}

/**
 * Returns the smallest offset that explains a `Date`. It has whole seconds, and was written between the two times of
 * this machine. The seconds cut off must not count as an offset: they would make an old verdict look current.
 */
export function smallestOffset({
  sent,
  received,
  time,
}: {
  readonly sent: number;
  readonly received: number;
  readonly time: number;
}): number {
  const [least, most] = [time - received, time + resolution - 1 - sent];
  return Math.max(least, Math.min(most, 0));
}
