import { SSMClient } from '@aws-sdk/client-ssm';
import { openIngest, sleep } from './parts/artifact.ts';
import { once } from './parts/once.ts';
import { runFetch } from './parts/run-fetch.ts';
import { told } from './parts/surroundings.ts';
import { taskHandler } from './parts/task-handler.ts';

const ingest = once(async () => {
  const place = {
    client: new SSMClient({}),
    document: told('FETCH_DOCUMENT'),
    instance: told('INSTANCE_ID'),
    now: Date.now,
    sleep,
  };
  return openIngest((release, file) => runFetch(place, release, file));
});

export const handler = taskHandler('Ingest', async () => ({ ingest: await ingest() }));
