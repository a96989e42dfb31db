import { recommendedPolicy } from '../../firewall/policy.ts';
import { currentPolicy } from './parts/current-policy.ts';
import { notices } from './parts/notices.ts';
import { taskHandler } from './parts/task-handler.ts';

export const handler = taskHandler('Notify', async () => ({
  notify: async (record) => {
    // Without a readable policy the recommended one applies, so that notices about the failure are sent.
    const policy = await currentPolicy().catch(() => recommendedPolicy);
    await (await notices(policy)).notify(record);
  },
}));
