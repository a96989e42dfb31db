import { recommendedPolicy } from '../../firewall/policy.ts';
import { filterNotices } from '../../workflow/filter-notices.ts';
import { slackNotifier } from '../../workflow/slack.ts';
import { secretOf } from './parts/parameter.ts';
import { currentPolicy } from './parts/policy-object.ts';
import { taskHandler } from './parts/task-handler.ts';
import { post } from './parts/web.ts';

export const handler = taskHandler('Notify', async () => ({
  notify: async (record) => {
    const webhook = await secretOf('SLACK_WEBHOOK_PARAMETER');
    if (webhook === undefined) return;
    // A policy that cannot be read hides nothing: that is just when people want to hear of what failed.
    const policy = await currentPolicy().catch(() => recommendedPolicy);
    await filterNotices(policy, slackNotifier({ webhook, post }))(record);
  },
}));
