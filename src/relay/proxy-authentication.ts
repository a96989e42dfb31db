import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { PeerUser } from './peer-user.ts';

/** Proxy authentication with the user name and password of one relay. */
export type ProxyAuthentication = {
  /** The proxy's URL with user name and password, as pip, git and most other tools accept it. */
  readonly proxyUrl: (port: number) => string;
  readonly isAuthorized: (request: IncomingMessage) => Promise<boolean>;
  /** Records that a connection belongs to this user, where the OS reports no owner: from another network namespace. */
  readonly acceptOwner: (socket: Socket) => void;
};

const user = 'awspip';

/**
 * Authenticates clients, because every user of the machine can reach the relay's port while pip runs. The password is
 * valid for one relay and is not a credential of the repository. pip sends it preemptively (RFC 9110, 11.7.2), from
 * 20.3 on.
 *
 * pip 25.3 and later put the proxy's URL on the command lines of pip processes for builds, where other users can read
 * it. So where the OS reports the owner of a connection, only the current user and root are authorized.
 */
export function openProxyAuthentication(password: string, userOf: PeerUser): ProxyAuthentication {
  const expected = digest(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  const owners = new WeakMap<Socket, Promise<number | undefined>>();
  const ownerOf = (socket: Socket) => {
    const owner = owners.get(socket) ?? userOf(socket);
    owners.set(socket, owner);
    return owner;
  };
  return {
    proxyUrl: (port) => `http://${user}:${password}@127.0.0.1:${port}`,
    acceptOwner: (socket) => void owners.set(socket, Promise.resolve(process.geteuid?.())),
    async isAuthorized({ headers, socket }) {
      if (!timingSafeEqual(digest(headers['proxy-authorization'] ?? ''), expected)) return false;
      const user = await ownerOf(socket);
      return user === undefined || user === 0 || user === process.geteuid?.();
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
