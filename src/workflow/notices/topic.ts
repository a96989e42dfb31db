import { AwspipError } from '../../errors.ts';
import { truncate } from '../refusals.ts';
import { type NoticeChannel, noticeText } from './notice.ts';

/** Publishes a message to an SNS topic. */
export type Publish = (message: { readonly Subject: string; readonly Message: string }) => Promise<unknown>;

const maxMessageLength = 60_000;

/**
 * Returns the channel that publishes notices to an SNS topic, for e-mail and other subscribers. A subject has at most 100
 * characters of ASCII, and a message 256 KB.
 *
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function topicChannel(publish: Publish): NoticeChannel {
  return {
    name: 'topic',
    async send(notice) {
      const { title, lines } = noticeText(notice);
      const Subject = truncate(`awspip: ${title}`.replace(/[^ -~]+/g, '?'), 97).replace('…', '...');
      try {
        await publish({ Subject, Message: truncate([title, '', ...lines].join('\n'), maxMessageLength) });
      } catch (cause) {
        const why = cause instanceof Error ? cause.name : 'error';
        throw new AwspipError('topic-failed', `SNS did not accept the notice (${why})`, {
          exit: 'unavailable',
          hint: 'check that the topic of the option `noticeTopic` exists',
          cause,
        });
      }
    },
  };
}
