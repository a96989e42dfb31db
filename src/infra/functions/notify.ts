import { recommendedPolicy } from '../../firewall/policy.ts';
import { filterNotices } from '../../workflow/filter-notices.ts';
import { slackNotifier } from '../../workflow/slack.ts';
import { currentPolicy } from './parts/current-policy.ts';
import { readSecret } from './parts/read-secret.ts';
import { taskHandler } from './parts/task-handler.ts';
import { post } from './parts/web.ts';

export const handler = taskHandler('Notify', async () => ({
  notify: async (record) => {
    const webhook = await readSecret('SLACK_WEBHOOK_PARAMETER');
    if (webhook === undefined) return;
    // Without a readable policy the recommended one applies, so that notices about the failure are sent.
    const policy = await currentPolicy().catch(() => recommendedPolicy);
    await filterNotices(policy, slackNotifier({ webhook, post }))(record);
  },
}));
