import { AwspipError } from '../errors.ts';
import { type Authorizer, credentialsOf } from './authorizer.ts';
import { discardBody } from './body.ts';
import { connectionFailed } from './connection-error.ts';
import { isTrusted, openDispatchers, type Pace, withoutCredentials } from './dispatchers.ts';
import type { Http, HttpRequest, HttpResponse } from './http-types.ts';
import type { Credentials } from './netrc.ts';
import type { NetworkSettings } from './types.ts';

export { withoutCredentials } from './dispatchers.ts';

const maxRedirects = 10;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Opens an HTTP client that uses the machine's proxy, certificates and time limits. With an authorizer, a request without
 * an authorization gets the credentials that it finds, and is repeated once with others after a 401.
 *
 * @throws {AwspipError} `certificates-unreadable` or `proxy-unusable` (configuration).
 */
export function openHttp(network: NetworkSettings, authorizer?: Authorizer, pace?: Pace): Http {
  const connections = openDispatchers(network, pace);

  async function authorizedSend(url: URL, init: HttpRequest): Promise<HttpResponse> {
    const hasOwn = lowerCase(init.headers ?? {}).authorization !== undefined;
    if (authorizer === undefined || hasOwn) return send(url, init, credentialsOf(url));
    const credentials = await authorizer.first(url);
    const response = await send(url, init, credentials);
    if (response.status !== 401) return response;
    const others = await authorizer.afterRefusal(url, credentials);
    if (others === undefined) return response;
    await discardBody(response);
    return send(url, init, others);
  }

  async function send(url: URL, init: HttpRequest, credentials: Credentials | undefined): Promise<HttpResponse> {
    const { method = 'GET', body, signal } = init;
    const headers = { ...basicAuthorization(credentials), ...lowerCase(init.headers ?? {}) };
    const target = publicUrl(url);
    try {
      const connection = await connections.forUrl(url);
      const response = await connection.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: method as 'GET',
        headers,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
      // A destroyed body emits an error. Without a listener, that error would end the process. Readers still see
      // theirs.
      response.body.on('error', () => {});
      return { status: response.statusCode, headers: joinHeaders(response.headers), body: response.body, url: target };
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw connectionFailed(target, cause, connections.proxyFor(url));
    }
  }

  return {
    async request(address, init = {}) {
      let url = parseUrl(address);
      let currentInit = init;
      for (let redirects = 0; ; redirects += 1) {
        const response = await authorizedSend(url, currentInit);
        const next = init.followRedirects === true ? redirectTarget(response, url) : undefined;
        if (next === undefined) return response;
        await discardBody(response);
        if (redirects === maxRedirects) throw redirectRejected(url, 'more than ten redirects');
        checkRedirect(url, next, network);
        currentInit = requestAfterRedirect(currentInit, response.status, url.origin === next.origin);
        url = next;
      }
    },
    close: () => connections.close(),
  };
}

function parseUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new AwspipError('url-unusable', `\`${withoutCredentials(address)}\` is not an http or https URL`, {
    exit: 'configuration',
  });
}

/** Returns the Basic authorization header for credentials (RFC 7617). */
function basicAuthorization(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function publicUrl(url: URL): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare.href;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : `${value}`]),
  );
}

function redirectTarget({ status, headers }: HttpResponse, from: URL): URL | undefined {
  const location = headers.location;
  if (!redirectStatuses.has(status) || location === undefined || !URL.canParse(location, from.href)) return undefined;
  const target = new URL(location, publicUrl(from));
  if (target.origin === from.origin && target.username === '') {
    target.username = from.username;
    target.password = from.password;
  }
  return target;
}

function checkRedirect(from: URL, to: URL, { trustedHosts }: NetworkSettings): void {
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    throw redirectRejected(from, `a redirect to \`${to.protocol}\``);
  if (from.protocol === 'https:' && to.protocol === 'http:' && !isTrusted(to, trustedHosts))
    throw redirectRejected(from, `a redirect from https to \`${withoutCredentials(to.href)}\``);
}

/**
 * Returns the request to send after a redirect. Another origin gets no credentials. 303 and POST become GET (RFC 9110,
 * 15.4).
 */
function requestAfterRedirect(init: HttpRequest, status: number, sameOrigin: boolean): HttpRequest {
  const method = init.method ?? 'GET';
  const becomesGet = (status === 303 && method !== 'HEAD') || (method === 'POST' && status <= 302);
  const privateHeaders = new Set(sameOrigin ? [] : ['authorization', 'cookie', 'proxy-authorization']);
  const headers = Object.entries(lowerCase(init.headers ?? {})).filter(([name]) => !privateHeaders.has(name));
  return {
    ...init,
    method: becomesGet ? 'GET' : method,
    body: becomesGet ? undefined : init.body,
    headers: Object.fromEntries(headers),
  };
}

function redirectRejected(from: URL, description: string): AwspipError {
  return new AwspipError('redirect-rejected', `\`${from.host}\` responded with ${description}`, {
    exit: 'unavailable',
    hint: 'check the URL; if it is right, the administrators of the host must correct the redirect',
  });
}
