import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { silentLogger } from '../../../aws/silent-logger.ts';
import { vettingStore } from '../../../vetting/store.ts';
import { documentClient } from '../../../vetting/table.ts';
import { environmentValue } from './environment-value.ts';

const document = documentClient(new DynamoDBClient({ logger: silentLogger }));

/** Returns the table's name and its document client, which lives as long as the function's process. */
export const recordTable = () => ({ client: document, table: environmentValue('TABLE') });

/** Returns the store of requests, releases and verdicts. */
export const store = () => vettingStore({ ...recordTable(), now: Date.now });
