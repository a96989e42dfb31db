import type { ServerResponse } from 'node:http';
import type { Assessment } from '../types.ts';

/** What a request to the server carries along. */
export type ServeEnvironment = {
  /** Of `@hono/node-server`; absent where no socket is. */
  readonly Bindings: { readonly outgoing?: ServerResponse | undefined };
  readonly Variables: { assessment?: Assessment };
};

/** One line of the log, as JSON. */
export type LogEntry = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** How the firewall is served. */
export type PolicyServeOptions = {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** A policy file; the one in force here when absent. */
  readonly policy?: string | undefined;
  /** The index to stand in front of; what pip is set up with when absent. */
  readonly index?: string | undefined;
  /** False: no registry proxy. */
  readonly proxy: boolean;
  /** What goes to the log: every request, refusals and errors, or nothing. */
  readonly log: 'all' | 'refusals' | 'off';
};
