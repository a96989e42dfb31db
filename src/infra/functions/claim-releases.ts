import { policyFacts } from './parts/current-policy.ts';
import { taskHandler } from './parts/task-handler.ts';

export const handler = taskHandler('ClaimReleases', async () => ({ policy: await policyFacts() }));
