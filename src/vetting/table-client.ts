import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { serviceError } from '../aws/service-errors.ts';
import { AwspipError } from '../errors.ts';
import { chunks, withoutUndefined } from './expressions.ts';
import type { Key } from './keys.ts';

type Item = Record<string, unknown>;

/** The DynamoDB operations that the store uses, with errors as `AwspipError`. Items include their keys. */
export type TableClient = {
  get(key: Key, consistent: boolean): Promise<Item | undefined>;
  /** Reads items consistently, by `<pk>\n<sk>`. */
  getAll(keys: readonly Key[]): Promise<ReadonlyMap<string, Item>>;
  /** Returns false when the condition did not hold. */
  put(item: Item, condition?: Omit<PutCommandInput, 'TableName' | 'Item'>): Promise<boolean>;
  putAll(items: readonly Item[]): Promise<void>;
  /** Returns the updated item, or undefined when the condition did not hold. */
  update(key: Key, input: Omit<UpdateCommandInput, 'TableName' | 'Key' | 'ReturnValues'>): Promise<Item | undefined>;
  /** Reads all pages, up to `limit` items. */
  query(input: Omit<QueryCommandInput, 'TableName'>, limit?: number): Promise<Item[]>;
  /** Reads with one call, which returns 1 MB at most. */
  queryOnce(input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]>;
  /** Does the same; undefined if there are more items. */
  queryAllOnce(input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[] | undefined>;
};

/** How often a batch repeats the items that DynamoDB returned as unprocessed. */
const maxRounds = 8;
const pauseMilliseconds = (round: number): number => 50 * 2 ** round;

export type Sleep = (milliseconds: number) => Promise<unknown>;

/** Returns the operations on one table. */
export function tableClient(client: DynamoDBDocumentClient, table: string, sleep: Sleep): TableClient {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw serviceError(error, `table ${table}`);
    }
  };
  /** Returns undefined when the condition did not hold. */
  const conditional = <T>(work: () => Promise<T>): Promise<T | undefined> =>
    guarded(async () => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
        throw error;
      }
    });

  return {
    get: (Key, ConsistentRead) =>
      guarded(async () => (await client.send(new GetCommand({ TableName: table, Key, ConsistentRead }))).Item),
    getAll: (keys) => guarded(() => getAll(client, table, keys, sleep)),
    async put(item, condition) {
      const command = new PutCommand({ TableName: table, Item: withoutUndefined(item), ...condition });
      return (await conditional(() => client.send(command))) !== undefined;
    },
    putAll: (items) => guarded(() => putAll(client, table, items, sleep)),
    async update(Key, input) {
      const command = new UpdateCommand({ TableName: table, Key, ...input, ReturnValues: 'ALL_NEW' });
      return (await conditional(() => client.send(command)))?.Attributes;
    },
    query: (input, limit = Number.POSITIVE_INFINITY) => guarded(() => query(client, table, input, limit)),
    queryOnce: (input) =>
      guarded(async () => (await client.send(new QueryCommand({ TableName: table, ...input }))).Items ?? []),
    queryAllOnce: (input) =>
      guarded(async () => {
        const { Items, LastEvaluatedKey } = await client.send(new QueryCommand({ TableName: table, ...input }));
        return LastEvaluatedKey === undefined ? (Items ?? []) : undefined;
      }),
  };
}

async function query(
  client: DynamoDBDocumentClient,
  table: string,
  input: Omit<QueryCommandInput, 'TableName'>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await client.send(new QueryCommand({ TableName: table, ...input, ExclusiveStartKey }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined && items.length < limit);
  return items.slice(0, limit);
}

async function getAll(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
  sleep: Sleep,
): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  const distinct = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
  for (const chunk of chunks(distinct, 100)) {
    let rest: Key[] = chunk;
    for (let round = 0; rest.length > 0; round += 1) {
      if (round === maxRounds) throw capacityExceeded(table);
      if (round > 0) await sleep(pauseMilliseconds(round));
      const command = new BatchGetCommand({ RequestItems: { [table]: { Keys: rest, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await client.send(command);
      for (const item of Responses?.[table] ?? []) found.set(`${item.pk}\n${item.sk}`, item);
      rest = (UnprocessedKeys?.[table]?.Keys ?? []) as Key[];
    }
  }
  return found;
}

async function putAll(
  client: DynamoDBDocumentClient,
  table: string,
  items: readonly Item[],
  sleep: Sleep,
): Promise<void> {
  for (const chunk of chunks(items, 25)) {
    let rest = chunk.map((Item) => ({ PutRequest: { Item: withoutUndefined(Item) } }));
    for (let round = 0; rest.length > 0; round += 1) {
      if (round === maxRounds) throw capacityExceeded(table);
      if (round > 0) await sleep(pauseMilliseconds(round));
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: rest } }));
      rest = (UnprocessedItems?.[table] ?? []) as typeof rest;
    }
  }
}

function capacityExceeded(table: string): AwspipError {
  return new AwspipError('aws-unavailable', `table \`${table}\` has no capacity for the requests to it`, {
    exit: 'unavailable',
    hint: 'run the same command again; it continues the vetting',
  });
}
