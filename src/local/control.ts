import { AwspipError } from '../errors.ts';
import type { Authority } from './authority.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from './http.ts';
import type { DomainAccess } from './types.ts';

/** What the calls of awspip's own commands need. */
export type ControlParts = {
  /** Returns the body of `GET /awspip/health`. */
  readonly health: () => unknown;
  /** Opens the domain and the state machine of a configuration. */
  readonly register: (configuration: unknown) => Promise<DomainAccess>;
  /** Stops the stack after running executions have ended, at most after `waitSeconds`. */
  readonly onDrain: (waitSeconds: number | undefined) => void;
  /** Returns whether an execution runs, or a client has just used the stack. */
  readonly isUnderWay: () => boolean;
  readonly onUse: () => void;
};

type Answer = { readonly status: number; readonly body: unknown };

/** Answers a configuration that cannot be used with its error, which the client reports as its own. */
function failureOf(error: unknown): Answer {
  if (!(error instanceof AwspipError)) throw error;
  const { code, message, exit, hint } = error;
  return { status: 400, body: { failure: { code, message, exit, hint } } };
}

const operations: Readonly<
  Record<string, (request: HttpRequest, authority: Authority, parts: ControlParts) => Promise<Answer>>
> = {
  'GET /awspip/health': async ({ query }, _authority, { health, onUse }) => {
    if (query.has('use')) onUse();
    return { status: 200, body: health() };
  },
  'POST /awspip/drain': async ({ query }, _authority, { health, onDrain, isUnderWay }) => {
    if (query.has('idle') && isUnderWay()) return { status: 409, body: health() };
    const wait = Number(query.get('wait') ?? Number.NaN);
    onDrain(Number.isFinite(wait) && wait >= 0 ? wait : undefined);
    return { status: 202, body: health() };
  },
  'POST /awspip/register': async (request, authority, { register, onUse }) => {
    onUse();
    const text = authority.unseal((await request.body()).toString('utf8'));
    if (text === undefined) return { status: 400, body: { message: 'the configuration is not sealed' } };
    try {
      const { domain, stateMachine } = await register(JSON.parse(text));
      return { status: 200, body: { domain, stateMachine } };
    } catch (error) {
      return failureOf(error);
    }
  },
};

/**
 * Answers the calls of awspip's own commands.
 *
 * Caller and stack both prove that they hold the secret without sending it. The caller reads the port from a file, and
 * another program may listen there. For the same reason a configuration is sealed.
 */
export async function controlEndpoint(
  request: HttpRequest,
  authority: Authority,
  parts: ControlParts,
): Promise<HttpResponse> {
  const nonce = String(request.headers['x-awspip-nonce'] ?? '');
  const proof = String(request.headers['x-awspip-proof'] ?? '');
  const key = `${request.method} ${request.path}`;
  if (!nonce || !authority.isProof(proof, `${key} ${nonce}`)) return jsonResponse({ message: 'forbidden' }, 403);
  const operation = operations[key];
  if (!operation) return jsonResponse({ message: 'not found' }, 404);
  const { status, body } = await operation(request, authority, parts);
  return jsonResponse(body, status, { 'x-awspip-proof': authority.prove(`stack ${nonce}`) });
}
