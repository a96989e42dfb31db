import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { PeerUser } from './peer-user.ts';

/** What sends a request: an installer, or a program that may also connect to other hosts. */
export type ProxyClient = 'installer' | 'program';

/** Proxy authentication with the user names and passwords of one relay. */
export type ProxyAuthentication = {
  /** The proxy's URL with user name and password, as pip, git and most other tools accept it. */
  readonly proxyUrl: (port: number, client: ProxyClient) => string;
  /** Returns who sends a request; undefined for an unauthorized client. */
  readonly clientOf: (request: IncomingMessage) => Promise<ProxyClient | undefined>;
  /** Records that a connection belongs to this user, where the OS reports no owner: from another network namespace. */
  readonly acceptOwner: (socket: Socket) => void;
};

const users: Readonly<Record<ProxyClient, string>> = { installer: 'awspip', program: 'program' };

/**
 * Authenticates clients, because every user of the machine can reach the relay's port while pip runs. The password is
 * valid for one relay and is not a credential of the repository. pip sends it preemptively (RFC 9110, 11.7.2), from
 * 20.3 on.
 *
 * pip 25.3 and later put the proxy's URL on the command lines of pip processes for builds, where other users can read
 * it. So where the OS reports the owner of a connection, only the current user and root are authorized.
 */
export function openProxyAuthentication(
  passwords: Readonly<Record<ProxyClient, string>>,
  userOf: PeerUser,
): ProxyAuthentication {
  const expected = (['installer', 'program'] as const).map((client) => ({
    client,
    digest: digest(`Basic ${Buffer.from(`${users[client]}:${passwords[client]}`).toString('base64')}`),
  }));
  const owners = new WeakMap<Socket, Promise<number | undefined>>();
  const ownerOf = (socket: Socket) => {
    const owner = owners.get(socket) ?? userOf(socket);
    owners.set(socket, owner);
    return owner;
  };
  return {
    proxyUrl: (port, client) => `http://${users[client]}:${passwords[client]}@127.0.0.1:${port}`,
    acceptOwner: (socket) => void owners.set(socket, Promise.resolve(process.geteuid?.())),
    async clientOf({ headers, socket }) {
      const sent = digest(headers['proxy-authorization'] ?? '');
      const known = expected.find(({ digest }) => timingSafeEqual(sent, digest));
      if (known === undefined) return undefined;
      const owner = await ownerOf(socket);
      return owner === undefined || owner === 0 || owner === process.geteuid?.() ? known.client : undefined;
    },
  };
}

/** Hashes a text, because `timingSafeEqual` needs equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The response to unauthorized clients, for requests and CONNECT. */
export const unauthorizedStatus = 407;
export const unauthorizedHeaders = { 'proxy-authenticate': 'Basic realm="awspip"' };
