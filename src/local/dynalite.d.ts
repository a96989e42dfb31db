/** An imitation of DynamoDB on LevelDB, as an HTTP server; CommonJS, and without types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  type Options = {
    /** Folder of the database; in memory when left out. */
    readonly path?: string;
    /** How long tables stay in CREATING, in milliseconds. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  };

  export default function dynalite(options?: Options): Server;
}
