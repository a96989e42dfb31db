import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { AwspipError } from '../errors.ts';
import { type Authority, bearerOf } from './authority.ts';
import { type CodeArtifactParts, codeArtifactApi, restFault } from './codeartifact/api.ts';
import { type ControlParts, controlEndpoint } from './control.ts';
import { errorText } from './error-text.ts';
import {
  type Answer,
  AwsFault,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  readRequest,
  sendResponse,
} from './http.ts';
import { type PypiEndpointParts, pypiEndpoint, pypiFault } from './pypi-endpoint.ts';
import { jsonFault, type StepFunctionsParts, stepFunctionsApi, stepFunctionsTarget } from './step-functions/api.ts';
import { type DynamoDb, dynamoTarget } from './tables/dynamodb.ts';

/** What the HTTP server of the stack needs. */
export type ServerParts = {
  readonly authority: Authority;
  readonly codeArtifact: CodeArtifactParts;
  readonly pypi: PypiEndpointParts;
  readonly stepFunctions: StepFunctionsParts;
  readonly dynamoDb: DynamoDb;
  /** Returns the firewall of a domain, or that of the latest configuration. */
  readonly packageCheck: (domain: string | undefined) => ((request: Request) => Promise<Response>) | undefined;
  readonly control: ControlParts;
  /** Called for each authorized request. */
  readonly onUse: () => void;
  /** Called when a part of the state cannot be read. */
  readonly onDamage: (error: AwspipError) => void;
  readonly now: () => number;
  readonly log: (line: string) => void;
};

const unknownKey = (): AwsFault =>
  new AwsFault('UnrecognizedClientException', 403, 'The security token included in the request is invalid.');

/** Returns the fault for an error. An unexpected error is also logged. */
function faultOf(error: unknown, request: HttpRequest, { log, onDamage }: ServerParts): AwsFault {
  if (error instanceof AwsFault) return error;
  const isUnavailable = error instanceof AwspipError && error.exit === 'unavailable';
  if (isUnavailable) {
    if (error.code === 'state-damaged') onDamage(error);
    const hint = error.hint === undefined ? '' : `; ${error.hint}`;
    return new AwsFault('InternalServerException', 503, `${errorText(error)}${hint}`);
  }
  log(`${request.method} ${request.path} failed: ${errorText(error)}`);
  return new AwsFault('InternalServerException', 500, `the local stack failed: ${errorText(error)}`);
}

/** Answers a call, and renders an error as a fault of the service's protocol. */
async function answerOrFault(
  request: HttpRequest,
  parts: ServerParts,
  answer: () => Promise<HttpResponse>,
  render: (fault: AwsFault) => HttpResponse,
): Promise<HttpResponse> {
  try {
    return await answer();
  } catch (error) {
    return render(faultOf(error, request, parts));
  }
}

/** Answers a call of the package firewall API, which takes a Fetch `Request` and returns a Fetch `Response`. */
async function firewallEndpoint(request: HttpRequest, parts: ServerParts): Promise<HttpResponse> {
  const { authority, now } = parts;
  const token = bearerOf(request.headers.authorization) ?? '';
  const domain = authority.domainOfToken(token, now());
  const isAuthorized = authority.isSigned(request.headers.authorization) || authority.isSecret(token);
  if (domain === undefined && !isAuthorized) return jsonResponse({ message: 'Forbidden' }, 403);
  parts.onUse();
  const check = parts.packageCheck(domain);
  if (!check) throw new AwsFault('ServiceUnavailableException', 503, 'no configuration is registered');
  const url = `http://localhost${request.path}?${request.query}`;
  const response = await check(new Request(url, { method: request.method }));
  const type = response.headers.get('content-type') ?? 'application/json';
  return {
    status: response.status,
    headers: { 'content-type': type },
    body: Buffer.from(await response.arrayBuffer()),
  };
}

function codeArtifactEndpoint(request: HttpRequest, parts: ServerParts): Promise<HttpResponse> {
  const { authority, onUse } = parts;
  return answerOrFault(
    request,
    parts,
    async () => {
      if (!authority.isSigned(request.headers.authorization)) throw unknownKey();
      onUse();
      return codeArtifactApi(request, parts.codeArtifact);
    },
    restFault,
  );
}

function stepFunctionsEndpoint(request: HttpRequest, parts: ServerParts): Promise<HttpResponse> {
  return answerOrFault(request, parts, () => stepFunctionsApi(request, parts.stepFunctions), jsonFault);
}

function dynamoDbEndpoint(request: HttpRequest, parts: ServerParts): Promise<HttpResponse> {
  return answerOrFault(request, parts, () => parts.dynamoDb.answer(request), jsonFault);
}

async function route(request: HttpRequest, parts: ServerParts): Promise<HttpResponse> {
  if (request.path.startsWith('/pypi/')) {
    parts.onUse();
    return answerOrFault(request, parts, () => pypiEndpoint(request, parts.pypi), pypiFault);
  }
  if (request.path.startsWith('/awspip/')) return controlEndpoint(request, parts.authority, parts.control);
  if (request.path === '/package-check') {
    return answerOrFault(request, parts, () => firewallEndpoint(request, parts), restFault);
  }
  const target = String(request.headers['x-amz-target'] ?? '');
  if (!target) return codeArtifactEndpoint(request, parts);
  if (!parts.authority.isSigned(request.headers.authorization)) return jsonFault(unknownKey());
  parts.onUse();
  if (target.startsWith(stepFunctionsTarget)) return stepFunctionsEndpoint(request, parts);
  if (!target.startsWith(dynamoTarget)) {
    return jsonFault(new AwsFault('UnknownOperationException', 400, `the local stack does not support \`${target}\``));
  }
  return dynamoDbEndpoint(request, parts);
}

/** Returns the function that answers for all services of the stack. */
export function stackAnswer(parts: ServerParts): Answer {
  return (request) => route(request, parts);
}

async function handle(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  log: ServerParts['log'],
): Promise<void> {
  try {
    const request = readRequest(incoming);
    await sendResponse(response, await answer(request), request.method !== 'HEAD');
  } catch (error) {
    log(`a request failed: ${errorText(error)}`);
    response.destroy();
  }
}

/**
 * Milliseconds for the headers of a request and for a whole request, which may upload a large file. A response may take
 * longer.
 */
const requestLimits: ServerOptions = { headersTimeout: 60_000, requestTimeout: 900_000 };

/** Returns the HTTP server of the stack, which does not listen yet. */
export function stackServer(answer: Answer, log: ServerParts['log'], limits = requestLimits): Server {
  return createServer(
    { keepAliveTimeout: 65_000, ...limits },
    (request, response) => void handle(request, response, answer, log),
  );
}

/**
 * Starts listening on loopback, on `port` if it is free.
 *
 * @returns the port that the server listens on.
 */
export async function listen(server: Server, port: number | undefined): Promise<number> {
  const listenOn = (requestedPort: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: requestedPort, host: '127.0.0.1', exclusive: true }, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : requestedPort);
      });
    });
  if (port === undefined) return listenOn(0);
  return listenOn(port).catch(() => listenOn(0));
}
