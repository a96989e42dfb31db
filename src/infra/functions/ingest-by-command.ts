import { SSMClient } from '@aws-sdk/client-ssm';
import { once } from '../../once.ts';
import { openImports, sleep } from './parts/codeartifact.ts';
import { environmentValue } from './parts/environment-value.ts';
import { runFetch } from './parts/run-fetch.ts';
import { taskHandler } from './parts/task-handler.ts';

const requestImport = once(async () => {
  const instance = {
    client: new SSMClient({}),
    document: environmentValue('FETCH_DOCUMENT'),
    instance: environmentValue('INSTANCE_ID'),
    now: Date.now,
    sleep,
  };
  return openImports((release, file) => runFetch(instance, release, file));
});

export const handler = taskHandler('Ingest', async () => ({ requestImport: await requestImport() }));
