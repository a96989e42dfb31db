import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { PeerUser } from '../../relay/peer-user.ts';
import type { PageSession } from './session.ts';

export type PageEnvironment = { Bindings: HttpBindings };

export const cookieName = 'awspip-review';

/** The page loads its own style and script and nothing else, and no other page shows it or gets its address. */
const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

type Answer = (context: Context<PageEnvironment>, status: 403 | 421, text: string) => Response | Promise<Response>;

/** Sets the headers of every answer, and rejects requests for another host, which DNS rebinding sends. */
export function guardHost(answer: Answer): MiddlewareHandler<PageEnvironment> {
  return async (context, next) => {
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    if (context.req.header('host') !== hostOf(context)) {
      return answer(context, 421, 'this address is not the one that awspip printed');
    }
    return next();
  };
}

const hostOf = ({ env }: Context<PageEnvironment>): string => `127.0.0.1:${env.incoming.socket.localPort}`;

/**
 * Accepts the one-time address from this user, and sets the cookie. Other users of the machine may see the address as an
 * argument of the program that opens the browser. Returns false if it is used again or by another user.
 */
export async function openOnce(
  context: Context<PageEnvironment>,
  session: PageSession,
  peerUser: PeerUser,
): Promise<boolean> {
  const owner = await peerUser(context.env.incoming.socket);
  const isOwn = owner === undefined || owner === process.geteuid?.();
  if (context.req.method !== 'GET' || !isOwn || !session.open()) return false;
  setCookie(context, cookieName, session.cookie, { path: session.path, httpOnly: true, sameSite: 'Strict' });
  return true;
}

/** Rejects requests without the cookie, and forms that another page sends. */
export function guardSession(session: PageSession, answer: Answer): MiddlewareHandler<PageEnvironment> {
  return async (context, next) => {
    if (!session.isCookie(getCookie(context, cookieName))) {
      return answer(context, 403, 'this browser has not opened the address that awspip printed');
    }
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next();
    if (!isOwnOrigin(context) || !session.isFormToken((await context.req.parseBody()).token)) {
      return answer(context, 403, 'this form was not sent by the page of this command; load the page again');
    }
    return next();
  };
}

/** Because of `no-referrer`, browsers send `Origin: null` with the page's own forms, and say the rest in `Sec-Fetch-Site`. */
function isOwnOrigin(context: Context<PageEnvironment>): boolean {
  const site = context.req.header('sec-fetch-site');
  const origin = context.req.header('origin');
  const own = `http://${hostOf(context)}`;
  if (site === undefined) return origin === own;
  return site === 'same-origin' && (origin === undefined || origin === 'null' || origin === own);
}
