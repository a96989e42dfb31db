import { SSMClient } from '@aws-sdk/client-ssm';
import { openIngest, sleep } from './parts/artifact.ts';
import { once } from './parts/once.ts';
import { runFetch } from './parts/run-fetch.ts';
import { environmentValue } from './parts/surroundings.ts';
import { taskHandler } from './parts/task-handler.ts';

const ingest = once(async () => {
  const repository = {
    client: new SSMClient({}),
    document: environmentValue('FETCH_DOCUMENT'),
    instance: environmentValue('INSTANCE_ID'),
    now: Date.now,
    sleep,
  };
  return openIngest((release, file) => runFetch(repository, release, file));
});

export const handler = taskHandler('Ingest', async () => ({ ingest: await ingest() }));
