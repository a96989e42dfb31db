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
