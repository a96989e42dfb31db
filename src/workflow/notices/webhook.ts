import { createHash, createHmac } from 'node:crypto';
import { AwspipError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { approveLine, type Notice, type NoticeChannel } from './notice.ts';
import type { Post } from './post.ts';

const timeoutMilliseconds = 5_000;

/** The header of the signature: `t=<seconds>,v1=<hex>`, HMAC-SHA256 of `<seconds>.<body>` with the secret. */
export const signatureHeader = 'awspip-signature';

/** Where to send notices. The URL is in the policy, and the secret is not. */
type WebhookTarget = {
  readonly url: string;
  readonly secret: Secret | undefined;
  readonly post: Post;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/**
 * Returns the channel that posts notices as JSON to a URL, signed. Without a secret it sends nothing and throws.
 *
 * The receiver compares the signature and rejects old times, so that nobody else can send a notice or send one again.
 */
export function webhookChannel({ url, secret, post, now }: WebhookTarget): NoticeChannel {
  return {
    name: 'webhook',
    async send(notice) {
      if (secret === undefined) throw failure('its secret is missing');
      const at = now();
      const body = JSON.stringify(webhookPayload(notice, at));
      const headers = {
        'content-type': 'application/json',
        [signatureHeader]: signature(body, secret.reveal(), at),
      };
      const signal = AbortSignal.timeout(timeoutMilliseconds);
      const status = await post(url, { method: 'POST', headers, body, redirect: 'error', signal }).then(
        (answer) => answer.status,
        (error: unknown) => (error instanceof Error ? error.name : 'error'),
      );
      if (typeof status !== 'number' || status < 200 || status >= 300) throw failure(String(status));
    },
  };
}

/** Returns the signature of a body. `at` in epoch milliseconds. */
export function signature(body: string, secret: string, at: number): string {
  const seconds = Math.floor(at / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Returns the JSON document of a notice. `id` is the same if a notice is sent again. `at` in epoch milliseconds. */
export function webhookPayload(notice: Notice, at: number): object {
  const sentAt = new Date(at).toISOString();
  if (notice.kind !== 'request') {
    const { kind, title, lines, page } = notice;
    const id = createHash('sha256')
      .update(JSON.stringify([title, lines]))
      .digest('hex');
    return { schemaVersion: 1, id: id.slice(0, 32), type: kind, sentAt, title, lines, page };
  }
  const { record, extras } = notice;
  const { requestId, attempt, execution, status, roots, requestedBy, reason, contact, cause } = record;
  return {
    schemaVersion: 1,
    id: execution,
    type: 'request',
    sentAt,
    request: { requestId, attempt, status, roots, requestedBy, reason, cause },
    refusals: record.refusals
      .filter(({ fatal }) => fatal)
      .map((refusal) => ({ ...refusal, approve: approveLine(refusal) })),
    refusalsOmitted: record.refusalsOmitted ?? 0,
    contact,
    ...extras,
  };
}

function failure(why: string): AwspipError {
  return new AwspipError('webhook-failed', `the webhook did not accept the notice (${why})`, {
    exit: 'unavailable',
    hint: 'check `notify.webhook` in the policy, the secret, and that the address is reachable',
  });
}
