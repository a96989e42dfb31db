import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may use the relay: whoever was told the name and password of this run. */
export type Gatekeeper = {
  /** The proxy's address with both in it, as pip, git and most others take it. */
  readonly proxyUrl: (port: number) => string;
  readonly admits: (request: IncomingMessage) => boolean;
};

const user = 'awspip';

/**
 * The port of the relay is open to every user of the machine while pip runs; the password is not. It opens nothing but
 * the relay of one run and is no credential of the repository. pip sends it unasked (RFC 9110, 11.7.2), 20.3 as well.
 */
export function gatekeeper(password: string): Gatekeeper {
  const expected = digest(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  return {
    proxyUrl: (port) => `http://${user}:${password}@127.0.0.1:${port}`,
    admits: ({ headers }) => timingSafeEqual(digest(headers['proxy-authorization'] ?? ''), expected),
  };
}

/** Of equal length whatever was sent, as the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What a stranger is answered, to a request and to a CONNECT. */
export const strangerStatus = 407;
export const strangerHeaders = { 'proxy-authenticate': 'Basic realm="awspip"' };
