import type { HttpHandlerOptions, HttpRequest, HttpResponse, RequestHandler } from '@smithy/types';
import { AwspipError } from '../errors.ts';
import { openHttp } from '../index/http.ts';
import type { Http } from '../index/http-types.ts';
import type { NetworkSettings } from '../index/types.ts';
import type { AwsNetwork } from './network.ts';

type Handler = RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions>;

/**
 * Carries the SDK's requests the way the machine's settings want it: through its proxy, with its certificates.
 *
 * @throws {AwspipError} `certificates-unreadable` or `proxy-unusable` (configuration).
 */
export function requestHandler(network: AwsNetwork): Handler {
  const opened = new Map<string, Http>();
  const httpOf = (protocol: string): Http => {
    const scheme = protocol === 'http:' ? 'http' : 'https';
    const http = opened.get(scheme) ?? open(network[scheme]);
    opened.set(scheme, http);
    return http;
  };
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, { abortSignal } = {}) {
      const sent = {
        method: request.method,
        headers: request.headers,
        body: bodyOf(request.body),
        ...(abortSignal instanceof AbortSignal && { signal: abortSignal }),
      };
      const answer = httpOf(request.protocol).request(await urlOf(request), sent);
      const { status, headers, body } = await answer.catch(mayPass);
      return { response: { statusCode: status, headers: { ...headers }, body } };
    },
    destroy() {
      for (const http of opened.values()) void http.close();
      opened.clear();
    },
  };
}

/** The SDK tries again what says so; a certificate nobody vouches for stays as it is. */
function mayPass(error: unknown): never {
  const { cause } = error as { cause?: { code?: unknown } };
  const lasting = /CERT|SIGNATURE|ERR_TLS/.test(String(cause?.code));
  if (!(error instanceof AwspipError) || error.code !== 'connection-failed' || lasting) throw error;
  throw Object.assign(error, { $retryable: {} });
}

async function urlOf({ protocol, hostname, port, path, query }: HttpRequest): Promise<string> {
  const { buildQueryString } = await import('@smithy/core/protocols');
  const search = buildQueryString(query ?? {});
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search && `?${search}`}`;
}

function bodyOf(body: unknown): string | Buffer | undefined {
  if (body === undefined || body === null || body === '') return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError('only whole bodies are sent to AWS');
}

function open(network: NetworkSettings): Http {
  try {
    return openHttp(network);
  } catch (error) {
    if (!(error instanceof AwspipError) || error.code !== 'certificates-unreadable') throw error;
    throw new AwspipError(error.code, error.message, {
      exit: error.exit,
      hint: 'correct `AWS_CA_BUNDLE`, or `ca_bundle` of the AWS profile',
      cause: error,
    });
  }
}
