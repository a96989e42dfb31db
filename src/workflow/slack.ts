import { AwspipError } from '../errors.ts';
import { pointsText } from '../firewall/points-text.ts';
import type { Secret } from '../secret.ts';
import type { Refusal, RequestRecord } from '../vetting/types.ts';
import { approveLine, collectedLines, type Notice, type NoticeChannel, type NoticeExtras } from './notices/notice.ts';
import type { Post } from './notices/post.ts';
import { truncate } from './refusals.ts';

const timeoutMilliseconds = 5_000;
const maxShown = 10;
const maxLines = 20;

type SlackTarget = { readonly webhook: Secret; readonly post: Post };

/** What a request's or a release's status is called in a notice. */
const statusText = {
  CHECK: 'In vetting',
  SECURE: 'Vetted',
  BLOCKED: 'Blocked',
  HELD: 'On hold',
  NOT_FOUND: 'Not found',
  ERROR: 'Vetting failed',
} as const;

/**
 * Returns the channel that posts notices to a Slack webhook. All text is escaped.
 *
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 *
 * @throws AwspipError `unavailable` when Slack doesn't accept it within 5 s; the error never shows the webhook's
 * address
 */
export function slackChannel(target: SlackTarget): NoticeChannel {
  return {
    name: 'slack',
    send: (notice) =>
      postMessage(
        target,
        notice.kind === 'request' ? slackMessage(notice.record, notice.extras) : linesMessage(notice),
      ),
  };
}

function linesMessage({ title, lines, page }: Exclude<Notice, { kind: 'request' }>): SlackMessage {
  return {
    text: escaped(truncate(title, 200)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: truncate(title, 150) } },
      section(escaped(lines.slice(0, maxLines).join('\n'))),
      ...(lines.length > maxLines ? [section(`… and ${lines.length - maxLines} more`)] : []),
      ...pageBlocks(page),
    ],
  };
}

/** Returns the link to the page of the approvers. The policy's schema excludes what would end the link. */
function pageBlocks(page: string | undefined): readonly Block[] {
  return page === undefined ? [] : [section(`<${escaped(page)}|Decide about it>`)];
}

async function postMessage({ webhook, post }: SlackTarget, message: SlackMessage): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(message);
  const status = await post(webhook.reveal(), { method: 'POST', headers, body, redirect: 'error', signal }).then(
    (answer) => answer.status,
    (error: unknown) => (error instanceof Error ? error.name : 'error'),
  );
  if (typeof status === 'number' && status >= 200 && status < 300) return;
  throw new AwspipError('slack-failed', `Slack did not accept the notice (${status})`, {
    exit: 'unavailable',
    hint: 'check that the Slack webhook still exists, and that Slack is reachable',
  });
}

type Block =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }
  | { readonly type: 'context'; readonly elements: readonly { readonly type: 'mrkdwn'; readonly text: string }[] };

type SlackMessage = { readonly text: string; readonly blocks: readonly Block[] };

/**
 * Returns the message about a request: text for notifications, blocks for the channel. It stays within Slack's limits
 * of 50 blocks and 3,000 characters each.
 */
export function slackMessage(record: RequestRecord, extras: NoticeExtras = {}): SlackMessage {
  const roots = truncate(record.roots.join(', '), 200);
  const title = `${statusText[record.status]}: ${roots}`;
  const fatal = record.refusals.filter((refusal) => refusal.fatal);
  const shown = fatal.slice(0, maxShown).map((refusal): Block => section(refusalText(refusal)));
  const omitted = fatal.length - shown.length + (record.refusalsOmitted ?? 0);
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: truncate(title, 150) } },
      ...(record.cause === undefined ? [] : [section(escaped(record.cause))]),
      ...shown,
      ...(omitted > 0 ? [section(`… and ${omitted} more`)] : []),
      ...pageBlocks(extras.page),
      ...collectedLines(extras).map((line) => context(escaped(line))),
      ...(record.reason === undefined ? [] : [section(`needed for: ${escaped(record.reason)}`)]),
      ...(record.contact === undefined ? [] : [context(`contact: ${escaped(record.contact)}`)]),
      context(
        `requested by ${escaped(record.requestedBy)} · request \`${record.requestId}\`, attempt ${record.attempt}`,
      ),
    ],
  };
}

function refusalText(refusal: Refusal): string {
  const { name, version, kind, riskLevel, score, reasons, similarPackages, heldUntil, detail } = refusal;
  const line = approveLine(refusal);
  const points = score && (score.min === score.max ? `${score.max}` : `${score.min} to ${score.max}`);
  const lines = [
    `*${escaped(name)}${version === null ? '' : ` ${escaped(version)}`}* ${statusText[kind].toLowerCase()}`,
    riskLevel === undefined ? '' : `${riskLevel}${points === undefined ? '' : `, score ${points}`}`,
    ...reasons.map(
      ({ text, points: added }) => `• ${escaped(text)}${added === undefined ? '' : ` (${pointsText(added)})`}`,
    ),
    similarPackages.length === 0 ? '' : `similar to ${escaped(similarPackages.join(', '))}`,
    heldUntil === undefined ? '' : `on hold until ${escaped(heldUntil)}`,
    detail === undefined ? '' : escaped(detail),
    line === undefined ? '' : escaped(`approvers can allow it: \`${line}\``),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

const section = (text: string): Block => ({ type: 'section', text: { type: 'mrkdwn', text: truncate(text, 2_900) } });
const context = (text: string): Block => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: truncate(text, 1_000) }],
});

/** Escapes text from upstream, where a `<` could start a link or a mention of the channel. */
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
