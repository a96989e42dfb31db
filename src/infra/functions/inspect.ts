import { currentPolicyFacts } from './parts/current-policy.ts';
import { currentInspection } from './parts/file-inspection.ts';
import { taskHandler } from './parts/task-handler.ts';

export const handler = taskHandler('Inspect', async () => ({
  policy: await currentPolicyFacts(),
  inspect: (await currentInspection()).inspect,
}));
