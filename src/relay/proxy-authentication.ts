import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { PeerUser } from './peer-user.ts';

/** Who may use the relay: whoever was told the name and password of this run. */
export type ProxyAuthentication = {
  /** The proxy's address with both in it, as pip, git and most others take it. */
  readonly proxyUrl: (port: number) => string;
  readonly admits: (request: IncomingMessage) => Promise<boolean>;
};

const user = 'awspip';

/**
 * The port of the relay is open to every user of the machine while pip runs; the password is not. It opens nothing but
 * the relay of one run and is no credential of the repository. pip sends it unasked (RFC 9110, 11.7.2), 20.3 as well.
 *
 * pip 25.3 and later write the proxy's address on the command lines of the pips they start for a build, where other
 * users see it. So where the system tells whose a connection is, it must be our own user's, or root's, who sees all.
 */
export function proxyAuthentication(password: string, userOf: PeerUser): ProxyAuthentication {
  const expected = digest(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  const owners = new WeakMap<Socket, Promise<number | undefined>>();
  const ownerOf = (socket: Socket) => {
    const asked = owners.get(socket) ?? userOf(socket);
    owners.set(socket, asked);
    return asked;
  };
  return {
    proxyUrl: (port) => `http://${user}:${password}@127.0.0.1:${port}`,
    async admits({ headers, socket }) {
      if (!timingSafeEqual(digest(headers['proxy-authorization'] ?? ''), expected)) return false;
      const user = await ownerOf(socket);
      return user === undefined || user === 0 || user === process.geteuid?.();
    },
  };
}

/** Of equal length whatever was sent, as the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What a stranger is answered, to a request and to a CONNECT. */
export const unauthorizedStatus = 407;
export const unauthorizedHeaders = { 'proxy-authenticate': 'Basic realm="awspip"' };
