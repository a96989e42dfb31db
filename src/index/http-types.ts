import type { Readable } from 'node:stream';

export type HttpRequest = {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** At most ten; false unless said. */
  readonly followRedirects?: boolean | undefined;
};

export type HttpAnswer = {
  readonly status: number;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** As sent, content encoding included (`readBody` undoes it). Read it to its end, or `discardBody`. */
  readonly body: Readable;
  /** Where the answer came from after redirects, without credentials and fragment. */
  readonly url: string;
};

/** HTTP as the machine's settings want it; used by the relay and by the upstream index. */
export type Http = {
  /**
   * One request. User and password in the URL become Basic authorization; neither that nor cookies follow a redirect
   * to another origin, and no redirect leads from https to http unless the host is trusted.
   *
   * @throws {AwspipError} `connection-failed` or `redirect-refused` (unavailable); an HTTP status never throws.
   */
  request(url: string, init?: HttpRequest): Promise<HttpAnswer>;
  /** Ends every connection. */
  close(): Promise<void>;
};
