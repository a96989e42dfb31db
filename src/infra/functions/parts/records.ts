import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { vettingStore } from '../../../vetting/store.ts';
import { documentClient } from '../../../vetting/table.ts';
import { environmentValue } from './surroundings.ts';

const document = documentClient(new DynamoDBClient({}));

/** The document client of this function's region, kept while it stays warm. */
export const records = () => ({ client: document, table: environmentValue('TABLE') });

/** The table of requests, releases and verdicts. */
export const store = () => vettingStore({ ...records(), now: Date.now });
