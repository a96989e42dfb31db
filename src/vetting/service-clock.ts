import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Returns how many milliseconds the clock of DynamoDB is ahead of this machine's, by the `Date` of its last response
 * (RFC 9110, section 6.6.1); 0 before the first. The records' times come from machines with the right time, and this one
 * may be hours off.
 */
export function serviceClock(client: DynamoDBClient, now: () => number): () => number {
  let offset = 0;
  client.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      const { headers } = answer.response as { headers?: Readonly<Record<string, string>> };
      const time = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(time)) offset = time - now();
      return answer;
    },
    { step: 'deserialize', name: 'serviceClock', priority: 'low' },
  );
  return () => offset;
}
