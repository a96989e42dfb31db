import { readBody } from '../index/body.ts';
import type { HttpResponse } from '../index/http-types.ts';
import { parseRetryAfter } from '../index/retry-after.ts';
import { oneLine } from '../printable.ts';
import type { Secret } from '../secret.ts';
import { openCredentials } from './credentials.ts';
import { discard } from './discard.ts';
import { failureOfConnection, failureOfResponse, failureOfToken } from './relay-failure.ts';
import type { RelayFailure, RelayOptions } from './types.ts';

/** A response to pass on, or the failure instead. */
export type UpstreamResult =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: 'failure'; readonly failure: RelayFailure };

/** Headers other than Authorization, and an abort signal. */
type UpstreamRequest = { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal };

/** The relay's client for the repository. It adds the token, renews it once, and retries. */
export type RelayUpstream = {
  /** Sends a request. Throws only when pip disconnects during `sleep`. */
  get(url: string, request: UpstreamRequest): Promise<UpstreamResult>;
  /** Allows another renewal of a rejected token. */
  reset(): void;
};

type Options = Pick<RelayOptions, 'endpoint' | 'token' | 'renewToken' | 'http' | 'version'> & {
  readonly retryDelays: readonly number[];
  readonly maxRetryMilliseconds: number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

/** Opens the client. Only the endpoint's own origin gets the token. */
export function openRelayUpstream(options: Options): RelayUpstream {
  const credentials = openCredentials(options);
  const { origin } = new URL(options.endpoint);

  const send = async (url: string, request: UpstreamRequest, token: Secret | undefined): Promise<UpstreamResult> => {
    const { signal } = request;
    const headers = { ...request.headers, 'user-agent': `awspip/${options.version}`, ...authorization(token) };
    try {
      return {
        kind: 'response',
        response: await options.http.request(url, { headers, signal, followRedirects: true }),
      };
    } catch (error) {
      return { kind: 'failure', failure: failureOfConnection(error, url) };
    }
  };

  const sendWithToken = async (url: string, request: UpstreamRequest): Promise<UpstreamResult> => {
    if (new URL(url).origin !== origin) return send(url, request, undefined);
    try {
      const token = await credentials.current();
      const first = await send(url, request, token);
      if (!isUnauthorized(first)) return first;
      const renewed = await credentials.renew(token);
      if (renewed === undefined) return first;
      discard(first.response);
      const second = await send(url, request, renewed);
      if (isUnauthorized(second)) credentials.markRenewalFailed();
      return second;
    } catch (error) {
      return { kind: 'failure', failure: failureOfToken(error, url) };
    }
  };

  const get = async (
    url: string,
    request: UpstreamRequest,
    deadline: number,
    [delay, ...laterDelays]: readonly number[],
  ): Promise<UpstreamResult> => {
    const result = await sendWithToken(url, request);
    const failure = result.kind === 'failure' ? result.failure : await readFailure(result.response, url);
    if (failure === undefined) return result;
    const isLastTry = delay === undefined || request.signal.aborted || options.now() >= deadline;
    if (isLastTry || !isRetryable(failure)) return { kind: 'failure', failure };
    const requested = result.kind === 'response' ? pauseOf(result.response) : 0;
    // The repository asks for a longer pause than a command waits for.
    if (options.now() + requested > deadline) return { kind: 'failure', failure };
    await options.sleep(Math.max(delay, requested), request.signal);
    return get(url, request, deadline, laterDelays);
  };

  return {
    get: async (url, request) => get(url, request, options.now() + options.maxRetryMilliseconds, options.retryDelays),
    reset: credentials.reset,
  };
}

type ReceivedResponse = Extract<UpstreamResult, { kind: 'response' }>;

function isUnauthorized(result: UpstreamResult): result is ReceivedResponse {
  return result.kind === 'response' && result.response.status === 401;
}

/**
 * Returns Basic authorization for the user `aws`, as `aws codeartifact login` configures it. It must be sent
 * preemptively.
 */
function authorization(token: Secret | undefined): Record<string, string> {
  if (token === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`aws:${token.reveal()}`).toString('base64')}` };
}

/** Checks whether to retry. Failures of the token are retried where they occur. */
function isRetryable({ kind, error }: RelayFailure): boolean {
  return (kind === 'throttled' || kind === 'unavailable') && error === undefined;
}

/** Returns the pause in milliseconds that a response asks for. Dates are those of the wall clock. */
function pauseOf({ headers }: HttpResponse): number {
  return parseRetryAfter(headers['retry-after'], Date.now()) ?? 0;
}

const maxReasonBytes = 4_096;

/** Returns the failure that a response is, with the repository's own words if they are plain text. */
async function readFailure(response: HttpResponse, url: string): Promise<RelayFailure | undefined> {
  if (failureOfResponse(response, url) === undefined) return undefined;
  const isText = /^text\/plain\b/.test(response.headers['content-type'] ?? '');
  if (!isText) discard(response);
  const body = isText ? await readBody(response, maxReasonBytes).catch(() => undefined) : undefined;
  const [line = ''] = (body?.toString('utf8') ?? '').trim().split('\n', 1);
  return failureOfResponse(response, url, line === '' ? undefined : oneLine(line).slice(0, 600));
}
