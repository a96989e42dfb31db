import type { HttpResponse } from '../index/http-types.ts';
import type { Secret } from '../secret.ts';
import { openCredentials } from './credentials.ts';
import { discard } from './discard.ts';
import { describeError, statusTrouble, tokenTrouble, trouble } from './trouble.ts';
import type { RelayOptions, Trouble } from './types.ts';

/** An answer worth passing on, or why there is none. */
export type UpstreamAnswer =
  | { readonly kind: 'answer'; readonly answer: HttpResponse }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** What to ask for: `accept` and the like; never Authorization. */
type Ask = { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal };

/** The relay's way to the repository: with the token, renewed once, and with patience. */
export type RelayUpstream = {
  /** Never throws but when `sleep` does: the caller hung up. */
  get(url: string, ask: Ask): Promise<UpstreamAnswer>;
  /** Lets a refused token be renewed again. */
  forget(): void;
};

type Options = Pick<RelayOptions, 'endpoint' | 'token' | 'renewToken' | 'http' | 'version'> & {
  readonly retryDelays: readonly number[];
  readonly patience: number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

const maxRetryAfter = 3_000;

/** Opens it. Only the endpoint's own origin ever gets the token. */
export function openRelayUpstream(options: Options): RelayUpstream {
  const credentials = openCredentials(options);
  const { origin } = new URL(options.endpoint);

  const send = async (url: string, ask: Ask, token: Secret | undefined): Promise<UpstreamAnswer> => {
    const { signal } = ask;
    const headers = { ...ask.headers, 'user-agent': `awspip/${options.version}`, ...authorization(token) };
    try {
      return { kind: 'answer', answer: await options.http.request(url, { headers, signal, followRedirects: true }) };
    } catch (error) {
      return { kind: 'trouble', trouble: trouble('unavailable', url, describeError(error)) };
    }
  };

  const sendWithToken = async (url: string, ask: Ask): Promise<UpstreamAnswer> => {
    if (new URL(url).origin !== origin) return send(url, ask, undefined);
    try {
      const token = await credentials.current();
      const first = await send(url, ask, token);
      if (!isRefused(first)) return first;
      const renewed = await credentials.after(token);
      if (renewed === undefined) return first;
      discard(first.answer);
      const second = await send(url, ask, renewed);
      if (isRefused(second)) credentials.renewedInVain();
      return second;
    } catch (error) {
      return { kind: 'trouble', trouble: tokenTrouble(error, url) };
    }
  };

  const get = async (
    url: string,
    ask: Ask,
    until: number,
    [delay, ...later]: readonly number[],
  ): Promise<UpstreamAnswer> => {
    const sent = await sendWithToken(url, ask);
    const bad = sent.kind === 'trouble' ? sent.trouble : statusTrouble(sent.answer.status, url);
    if (bad === undefined) return sent;
    if (sent.kind === 'answer') discard(sent.answer);
    const last = delay === undefined || ask.signal.aborted || options.now() >= until;
    if (last || !worthRetrying(bad)) return { kind: 'trouble', trouble: bad };
    const asked = sent.kind === 'answer' ? retryAfter(sent.answer.headers['retry-after']) : 0;
    await options.sleep(Math.max(delay, asked), ask.signal);
    return get(url, ask, until, later);
  };

  return {
    get: async (url, ask) => get(url, ask, options.now() + options.patience, options.retryDelays),
    forget: credentials.forget,
  };
}

type Answered = Extract<UpstreamAnswer, { kind: 'answer' }>;

function isRefused(sent: UpstreamAnswer): sent is Answered {
  return sent.kind === 'answer' && sent.answer.status === 401;
}

/** CodeArtifact takes Basic with the user `aws`, as `aws codeartifact login` writes it. It must be sent unasked. */
function authorization(token: Secret | undefined): Record<string, string> {
  if (token === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`aws:${token.reveal()}`).toString('base64')}` };
}

/** The token's own errors were retried where they arose. */
function worthRetrying({ kind, error }: Trouble): boolean {
  return kind !== 'denied' && error === undefined;
}

/** Seconds, as servers under load send them (RFC 9110, 10.2.3), in bounded milliseconds. Dates are not heeded. */
function retryAfter(header: string | undefined): number {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Math.min(Number(header) * 1000, maxRetryAfter) : 0;
}
