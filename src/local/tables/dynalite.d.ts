/** A DynamoDB server in memory, reached over HTTP. It is CommonJS and ships no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  type Options = {
    /** How long tables stay in CREATING, in milliseconds. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  };

  export default function dynalite(options?: Options): Server;
}
