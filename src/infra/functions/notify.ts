import { slackNotifier } from '../../workflow/slack.ts';
import { secretOf } from './parts/parameter.ts';
import { taskHandler } from './parts/task-handler.ts';
import { post } from './parts/web.ts';

export const handler = taskHandler('Notify', async () => ({
  notify: async (record) => {
    const webhook = await secretOf('SLACK_WEBHOOK_PARAMETER');
    if (webhook !== undefined) await slackNotifier({ webhook, post })(record);
  },
}));
