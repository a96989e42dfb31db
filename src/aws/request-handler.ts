import type { HttpHandlerOptions, HttpRequest, HttpResponse, RequestHandler } from '@smithy/types';
import { AwspipError } from '../errors.ts';
import { openHttp } from '../index/http.ts';
import type { Http } from '../index/http-types.ts';
import type { NetworkSettings } from '../index/types.ts';
import type { AwsNetwork } from './network.ts';

type Handler = RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions>;

/**
 * Returns a request handler that sends the SDK's requests through the configured proxy and trusts the configured CA.
 * It opens one HTTP client per URL scheme.
 *
 * @throws {AwspipError} `certificates-unreadable` or `proxy-unusable` (configuration).
 */
export function requestHandler(network: AwsNetwork): Handler {
  const clients = new Map<string, Http>();
  const httpOf = (protocol: string): Http => {
    const scheme = protocol === 'http:' ? 'http' : 'https';
    const http = clients.get(scheme) ?? open(network[scheme]);
    clients.set(scheme, http);
    return http;
  };
  return handlerOver(httpOf, () => {
    for (const http of clients.values()) void http.close();
    clients.clear();
  });
}

/** Returns a request handler over HTTP clients by URL scheme. */
export function handlerOver(httpOf: (protocol: string) => Http, destroy: () => void): Handler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, { abortSignal } = {}) {
      const options = {
        method: request.method,
        headers: request.headers,
        body: requestBody(request.body),
        ...(abortSignal instanceof AbortSignal && { signal: abortSignal }),
      };
      const response = httpOf(request.protocol).request(await urlOf(request), options);
      const { status, headers, body } = await response.catch(throwRetryable);
      return { response: { statusCode: status, headers: { ...headers }, body } };
    },
    destroy,
  };
}

/** Throws the error, marked as retryable for the SDK if the connection failed. A TLS error is permanent. */
function throwRetryable(error: unknown): never {
  const { cause } = error as { cause?: { code?: unknown } };
  const isTlsError = /CERT|SIGNATURE|ERR_TLS/.test(String(cause?.code));
  if (!(error instanceof AwspipError) || error.code !== 'connection-failed' || isTlsError) throw error;
  throw Object.assign(error, { $retryable: {} });
}

async function urlOf({ protocol, hostname, port, path, query }: HttpRequest): Promise<string> {
  const { buildQueryString } = await import('@smithy/core/protocols');
  const search = buildQueryString(query ?? {});
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search && `?${search}`}`;
}

/** Returns the body of a request of the SDK. */
export function requestBody(body: unknown): string | Buffer | undefined {
  if (body === undefined || body === null || body === '') return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError('the request handler supports no streamed bodies');
}

function open(network: NetworkSettings): Http {
  try {
    return openHttp(network);
  } catch (error) {
    if (!(error instanceof AwspipError) || error.code !== 'certificates-unreadable') throw error;
    throw new AwspipError(error.code, error.message, {
      exit: error.exit,
      hint: 'correct `AWS_CA_BUNDLE`, or `ca_bundle` in the AWS profile',
      cause: error,
    });
  }
}
