import { AwspipError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Refusal, RequestRecord } from '../vetting/types.ts';
import { cut } from './refusals.ts';

/** The part of `fetch` that is used. */
export type Post = (
  url: string,
  init: { method: 'POST'; headers: Record<string, string>; body: string; redirect: 'error'; signal: AbortSignal },
) => Promise<{ readonly status: number }>;

const timeoutMilliseconds = 5_000;
const maxShown = 10;
const maxLines = 20;

type Where = { readonly webhook: Secret; readonly post: Post };

/**
 * Posts what became of a request to a Slack webhook.
 *
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 *
 * @throws AwspipError `unavailable` when Slack did not take it within 5 s; the webhook's address is never shown
 */
export function slackNotifier(where: Where) {
  return (record: RequestRecord): Promise<void> => postMessage(where, slackMessage(record));
}

/** Posts plain lines, made safe to show; throws as `slackNotifier` does. */
export function slackTeller(where: Where) {
  return (title: string, lines: readonly string[]): Promise<void> =>
    postMessage(where, {
      text: escaped(cut(title, 200)),
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: cut(title, 150) } },
        section(escaped(lines.slice(0, maxLines).join('\n'))),
        ...(lines.length > maxLines ? [section(`… and ${lines.length - maxLines} more`)] : []),
      ],
    });
}

async function postMessage({ webhook, post }: Where, message: SlackMessage): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(message);
  const status = await post(webhook.reveal(), { method: 'POST', headers, body, redirect: 'error', signal }).then(
    (answer) => answer.status,
    (error: unknown) => (error instanceof Error ? error.name : 'error'),
  );
  if (typeof status === 'number' && status >= 200 && status < 300) return;
  throw new AwspipError('slack-refused', `Slack did not take the notice (${status})`, { exit: 'unavailable' });
}

type Block =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }
  | { readonly type: 'context'; readonly elements: readonly { readonly type: 'mrkdwn'; readonly text: string }[] };

type SlackMessage = { readonly text: string; readonly blocks: readonly Block[] };

/** Text for notifications, blocks for the channel; within Slack's bounds of 50 blocks and 3,000 characters each. */
export function slackMessage(record: RequestRecord): SlackMessage {
  const asked = cut(record.roots.join(', '), 200);
  const title = `${record.status}: ${asked}`;
  const fatal = record.refusals.filter((refusal) => refusal.fatal);
  const shown = fatal.slice(0, maxShown).map((refusal): Block => section(refusalText(refusal)));
  const omitted = fatal.length - shown.length + (record.refusalsOmitted ?? 0);
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, 150) } },
      ...(record.cause === undefined ? [] : [section(escaped(record.cause))]),
      ...shown,
      ...(omitted > 0 ? [section(`… and ${omitted} more`)] : []),
      context(`asked by ${escaped(record.requestedBy)} · request \`${record.requestId}\` attempt ${record.attempt}`),
    ],
  };
}

function refusalText(refusal: Refusal): string {
  const { name, version, kind, riskLevel, score, reasons, similarPackages, heldUntil, detail } = refusal;
  const points = score && (score.min === score.max ? `${score.max}` : `${score.min} to ${score.max}`);
  const lines = [
    `*${escaped(name)}${version === null ? '' : ` ${escaped(version)}`}* ${kind}`,
    riskLevel === undefined ? '' : `${riskLevel}${points === undefined ? '' : `, score ${points}`}`,
    ...reasons.map(({ text, points: one }) => `• ${escaped(text)}${one === undefined ? '' : ` (+${one})`}`),
    similarPackages.length === 0 ? '' : `looks like ${escaped(similarPackages.join(', '))}`,
    heldUntil === undefined ? '' : `held until ${escaped(heldUntil)}`,
    detail === undefined ? '' : escaped(detail),
    isDecidable(refusal) ? escaped(`to let it in: \`awspip approve '${name}==${version}' --reason "…"\``) : '',
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** Whether a person may let it in: a release that the policy refused or held. */
const isDecidable = ({ kind, version }: Refusal): boolean =>
  (kind === 'BLOCKED' || kind === 'HELD') && version !== null;

const section = (text: string): Block => ({ type: 'section', text: { type: 'mrkdwn', text: cut(text, 2_900) } });
const context = (text: string): Block => ({ type: 'context', elements: [{ type: 'mrkdwn', text: cut(text, 1_000) }] });

/** Names and reasons come from strangers: a `<` could become a link or call the channel. */
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
