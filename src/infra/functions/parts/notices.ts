import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Policy } from '../../../firewall/policy.ts';
import { openChannels } from '../../../workflow/notices/open-channels.ts';
import { openNotices } from '../../../workflow/notices/open-notices.ts';
import type { Publish } from '../../../workflow/notices/topic.ts';
import { environmentValue } from './environment-value.ts';
import { readSecret } from './read-secret.ts';
import { store } from './record-table.ts';
import { post } from './web.ts';

let client: SNSClient | undefined;

/** Opens the notices of this deployment: Slack, the webhook of the policy, and the SNS topic. */
export async function notices(policy: Policy): Promise<ReturnType<typeof openNotices>> {
  const [slack, webhookSecret] = await Promise.all([
    readSecret('SLACK_WEBHOOK_PARAMETER'),
    readSecret('WEBHOOK_SECRET_PARAMETER'),
  ]);
  const channels = openChannels({ policy, slack, webhookSecret, publish: publisher(), post, now: Date.now });
  return openNotices({ policy, channels, store: store(), now: Date.now });
}

function publisher(): Publish | undefined {
  const TopicArn = environmentValue('NOTICE_TOPIC', '');
  if (TopicArn === '') return undefined;
  client ??= new SNSClient({});
  const sns = client;
  return (message) => sns.send(new PublishCommand({ TopicArn, ...message }));
}
