import type { Policy } from '../../firewall/policy.ts';
import type { Secret } from '../../secret.ts';
import { slackChannel } from '../slack.ts';
import type { NoticeChannel } from './notice.ts';
import type { Post } from './post.ts';
import { type Publish, topicChannel } from './topic.ts';
import { webhookChannel } from './webhook.ts';

/** The channels that are configured, and how they are reached. */
type ChannelSettings = {
  readonly policy: Pick<Policy, 'notify'>;
  /** The address of Slack's webhook. */
  readonly slack: Secret | undefined;
  /** The secret that signs what the policy's webhook gets. */
  readonly webhookSecret: Secret | undefined;
  /** Publishes to the SNS topic; undefined without one. */
  readonly publish?: Publish | undefined;
  readonly post: Post;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** Opens the channels that are configured. */
export function openChannels({
  policy,
  slack,
  webhookSecret,
  publish,
  post,
  now,
}: ChannelSettings): readonly NoticeChannel[] {
  const { webhook } = policy.notify;
  return [
    ...(slack === undefined ? [] : [slackChannel({ webhook: slack, post })]),
    ...(webhook === undefined ? [] : [webhookChannel({ url: webhook, secret: webhookSecret, post, now })]),
    ...(publish === undefined ? [] : [topicChannel(publish)]),
  ];
}
