import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** The two ports of a connection, as the listening side sees them. */
export type Connection = Pick<Socket, 'localPort' | 'remotePort'>;

/** Returns the user who owns the remote end of a connection. Undefined where the OS does not report it. */
export type PeerUser = (connection: Connection) => Promise<number | undefined>;

const socketTables = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Reads the owner from Linux's socket tables (proc_net_tcp(5)); undefined on other systems. An installer opens dozens of
 * connections at the same time, and the kernel takes milliseconds for a table, so these share one reading.
 */
export const peerUser: PeerUser = openPeerUser((table) => readFile(table, 'latin1').catch(() => ''));

/** Returns a `PeerUser` that reads the tables with `read`. */
export function openPeerUser(read: (table: string) => Promise<string>): PeerUser {
  const tables = socketTables.map((table) => sharedReading(() => read(table)));
  return async (connection) => {
    for (const table of tables) {
      const user = findUser(await table(), connection);
      if (user !== undefined) return user;
    }
    return undefined;
  };
}

/** Returns a function whose result was read after the call: callers during one reading share the next. */
function sharedReading(read: () => Promise<string>): () => Promise<string> {
  let running: Promise<string> | undefined;
  let next: Promise<string> | undefined;
  const start = (): Promise<string> => {
    next = undefined;
    const reading = read().finally(() => {
      if (running === reading) running = undefined;
    });
    running = reading;
    return reading;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}

/** 127.0.0.1 in the kernel's notation, for both byte orders and as an IPv6-mapped address (`::ffff:127.0.0.1`). */
const loopback = '(?:[0-9A-F]{24})?(?:0100007F|7F000001)';

/**
 * Returns the owner of the remote socket in the kernel's table. It may have thousands of lines, so only those with the
 * port are matched.
 */
export function findUser(table: string, { localPort, remotePort }: Connection): number | undefined {
  if (localPort === undefined || remotePort === undefined) return undefined;
  const [remote, local] = [remotePort, localPort].map((port) => `:${hex(port)}`);
  const owned = new RegExp(`^ *\\d+: ${loopback}${remote} ${loopback}${local} \\S+ \\S+ \\S+ \\S+ +(\\d+) `);
  const ports = `${remote} `;
  for (let at = table.indexOf(ports); at !== -1; at = table.indexOf(ports, at + 1)) {
    const start = table.lastIndexOf('\n', at) + 1;
    const [, user] = owned.exec(table.slice(start, start + maxLineLength)) ?? [];
    if (user !== undefined) return Number(user);
  }
  return undefined;
}

/** A line has 150 characters in `tcp`, and 200 in `tcp6`. */
const maxLineLength = 300;

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
