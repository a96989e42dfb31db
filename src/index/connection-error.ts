import { AwspipError } from '../errors.ts';
import { networkHint } from '../network-hint.ts';
import { SlowResponseError } from './minimum-progress.ts';

const reasons: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'no data within the time limit',
};

/** The hint for a failure that may pass. */
export const laterHint = 'run the same command again in a few minutes';

/** A request without a response. */
export class ConnectionFailure extends AwspipError {
  /** The origin that did not answer. After a redirect, it is not that of the first URL. */
  readonly origin: string;

  constructor(origin: string, ...options: ConstructorParameters<typeof AwspipError>) {
    super(...options);
    this.origin = origin;
  }
}

/**
 * Returns the error for a request without a response. Its hint fits the cause.
 *
 * @param proxy URL of the proxy that the request went through, without credentials
 */
export function connectionFailed(url: string, cause: unknown, proxy?: string): ConnectionFailure {
  const through = proxy === undefined ? '' : ` through the proxy \`${proxy}\``;
  const { host, origin } = new URL(url);
  return new ConnectionFailure(
    origin,
    'connection-failed',
    `no response from \`${host}\`${through}: ${reasonOf(cause)}`,
    {
      exit: 'unavailable',
      hint: networkHint(cause, { proxied: proxy !== undefined }) ?? laterHint,
      cause,
    },
  );
}

/** Returns why a connection failed, as one line. Attempts at several addresses fail as one `AggregateError`. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (!(cause instanceof Error)) return String(cause);
  const { code = '', message, name } = cause as NodeJS.ErrnoException;
  const [line = ''] = message.trim().split('\n', 1);
  if (reasons[code] !== undefined) return reasons[code];
  if (line === '') return code || name;
  // The code of a TLS error is not part of its message.
  const isKnown =
    code === '' || line.includes(code) || code.startsWith('UND_ERR_') || cause instanceof SlowResponseError;
  return isKnown ? line.slice(0, 300) : `${line.slice(0, 300)} (${code})`;
}
