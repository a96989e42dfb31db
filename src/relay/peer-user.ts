import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** The ends of a connection, as the listening side has them. */
export type Connection = Pick<Socket, 'localPort' | 'remotePort'>;

/** The user whose process is at the other end; undefined where the system does not tell. */
export type PeerUser = (connection: Connection) => Promise<number | undefined>;

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Asks Linux (proc_net_tcp(5)) who is at the other end of a connection on this machine; elsewhere nobody can tell. Read
 * anew for each connection: there are few, they are kept open.
 */
export const peerUser: PeerUser = async (connection) => {
  for (const table of tables) {
    const user = findUser(await readFile(table, 'latin1').catch(() => ''), connection);
    if (user !== undefined) return user;
  }
  return undefined;
};

/** 127.0.0.1 as the kernel prints it, on machines with either end first, and as IPv6 has it (`::ffff:127.0.0.1`). */
const loopback = '(?:[0-9A-F]{24})?(?:0100007F|7F000001)';

/** The owner of the other end's socket, as it stands in the kernel's table. */
export function findUser(table: string, { localPort, remotePort }: Connection): number | undefined {
  if (localPort === undefined || remotePort === undefined) return undefined;
  const [theirs, ours] = [remotePort, localPort].map((port) => `${loopback}:${hex(port)}`);
  const [, user] = new RegExp(`^ *\\d+: ${theirs} ${ours} \\S+ \\S+ \\S+ \\S+ +(\\d+) `, 'm').exec(table) ?? [];
  return user === undefined ? undefined : Number(user);
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
