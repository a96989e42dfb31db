import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assessment } from '../types.ts';

/** The environment of a request in Hono. */
export type ServeEnvironment = {
  /** Set by `@hono/node-server`; absent without a socket. */
  readonly Bindings: {
    readonly incoming?: IncomingMessage | undefined;
    readonly outgoing?: ServerResponse | undefined;
  };
  readonly Variables: {
    assessment?: Assessment;
    /** What a page leaves out, for the log. */
    withheld?: string;
  };
};

/** One line of the log, written as JSON. */
export type LogEntry = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The options of `awspip policy serve`. */
export type PolicyServeOptions = {
  readonly host: string;
  /** 0 for a free port. */
  readonly port: number;
  /** A policy file. Default: the policy of this machine. */
  readonly policy?: string | undefined;
  /** The URL of the index to filter. Default: the index of pip's configuration. */
  readonly index?: string | undefined;
  /** Whether to serve the registry proxy. */
  readonly proxy: boolean;
  /** Whether to follow people's decisions and to record refusals for them. */
  readonly decisions: boolean;
  /** The requests to log: all, those with a refusal or an error, or none. */
  readonly log: 'all' | 'refusals' | 'off';
};
