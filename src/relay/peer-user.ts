import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** The two ports of a connection, as the listening side sees them. */
export type Connection = Pick<Socket, 'localPort' | 'remotePort'>;

/** Returns the user who owns the remote end of a connection. Undefined where the OS does not report it. */
export type PeerUser = (connection: Connection) => Promise<number | undefined>;

const socketTables = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Reads the owner from Linux's socket tables (proc_net_tcp(5)); undefined on other systems. Connections are few and
 * kept open, so the tables are read for each one.
 */
export const peerUser: PeerUser = async (connection) => {
  for (const table of socketTables) {
    const user = findUser(await readFile(table, 'latin1').catch(() => ''), connection);
    if (user !== undefined) return user;
  }
  return undefined;
};

/** 127.0.0.1 in the kernel's notation, for both byte orders and as an IPv6-mapped address (`::ffff:127.0.0.1`). */
const loopback = '(?:[0-9A-F]{24})?(?:0100007F|7F000001)';

/** Returns the owner of the remote socket in the kernel's table. */
export function findUser(table: string, { localPort, remotePort }: Connection): number | undefined {
  if (localPort === undefined || remotePort === undefined) return undefined;
  const [remote, local] = [remotePort, localPort].map((port) => `${loopback}:${hex(port)}`);
  const [, user] = new RegExp(`^ *\\d+: ${remote} ${local} \\S+ \\S+ \\S+ \\S+ +(\\d+) `, 'm').exec(table) ?? [];
  return user === undefined ? undefined : Number(user);
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
