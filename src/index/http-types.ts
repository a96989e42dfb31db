import type { Readable } from 'node:stream';

export type HttpRequest = {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A stream can be sent once, so it must not be sent with redirects or credentials from an authorizer. */
  readonly body?: string | Buffer | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Follows at most ten redirects. False by default. */
  readonly followRedirects?: boolean | undefined;
};

export type HttpResponse = {
  readonly status: number;
  /** Names in lower case. Repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** As sent, with its content encoding (`readBody` decodes it). Read it to its end or call `discardBody`. */
  readonly body: Readable;
  /** URL of the response after redirects, without credentials and fragment. */
  readonly url: string;
};

/** HTTP with the machine's network settings. The relay and the upstream index use it. */
export type Http = {
  /**
   * Sends one request. User and password in the URL become Basic authorization. Credentials and cookies do not follow a
   * redirect to another origin. A redirect from https to http needs a trusted host.
   *
   * @throws {AwspipError} `connection-failed` or `redirect-rejected` (unavailable). An HTTP status never throws.
   */
  request(url: string, init?: HttpRequest): Promise<HttpResponse>;
  /** Closes every connection. */
  close(): Promise<void>;
};
