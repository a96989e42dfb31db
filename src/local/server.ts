import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AwspipError } from '../errors.ts';
import { type Authority, bearerOf } from './authority.ts';
import { type CodeArtifactParts, codeArtifactApi, restFault } from './codeartifact/api.ts';
import { type DynamoDb, dynamoTarget } from './dynamodb.ts';
import { errorText } from './error-text.ts';
import { type Answer, AwsFault, type Call, callOf, jsonAnswer, sendAnswer } from './http.ts';
import { type PypiParts, pypiEndpoint, pypiFault } from './pypi-endpoint.ts';
import { jsonFault, type StepFunctionsParts, stepFunctionsApi, stepFunctionsTarget } from './step-functions/api.ts';

export type ServerParts = {
  readonly authority: Authority;
  readonly codeArtifact: CodeArtifactParts;
  readonly pypi: PypiParts;
  readonly stepFunctions: StepFunctionsParts;
  readonly dynamoDb: DynamoDb;
  readonly packageCheck: (request: Request) => Promise<Response>;
  /** `GET /awspip/health`. */
  readonly health: () => unknown;
  /** `POST /awspip/drain[?wait=<seconds>]`. */
  readonly onDrain: (waitSeconds: number | undefined) => void;
  /** An authorised request came. */
  readonly onUse: () => void;
  readonly now: () => number;
  readonly log: (line: string) => void;
};

const noAccess = (): AwsFault =>
  new AwsFault('UnrecognizedClientException', 403, 'The security token included in the request is invalid.');

/** Turns what was thrown into a fault; what is not one is a failure of ours, and goes to the log. */
function faultOf(error: unknown, call: Call, log: ServerParts['log']): AwsFault {
  if (error instanceof AwsFault) return error;
  const down = error instanceof AwspipError && error.exit === 'unavailable';
  if (down) return new AwsFault('InternalServerException', 503, errorText(error));
  log(`${call.method} ${call.path} failed: ${errorText(error)}`);
  return new AwsFault('InternalServerException', 500, `the local stack failed: ${errorText(error)}`);
}

async function guarded(
  call: Call,
  log: ServerParts['log'],
  work: () => Promise<Answer>,
  show: (fault: AwsFault) => Answer,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    return show(faultOf(error, call, log));
  }
}

function holdsSecretOrToken(call: Call, { authority, now }: ServerParts): boolean {
  const given = bearerOf(call.headers.authorization);
  return given !== undefined && (authority.isSecret(given) || authority.isToken(given, now()));
}

/**
 * The stack's own two calls, for `awspip local`. Both sides prove that they hold the secret without sending it: the
 * caller cannot know yet who listens on a port that it found in a file.
 */
function control(call: Call, parts: ServerParts): Answer {
  const nonce = String(call.headers['x-awspip-nonce'] ?? '');
  const proof = String(call.headers['x-awspip-proof'] ?? '');
  const { authority } = parts;
  if (!nonce || !authority.isProof(proof, `${call.method} ${call.path} ${nonce}`)) {
    return jsonAnswer({ message: 'forbidden' }, 403);
  }
  const headers = { 'x-awspip-proof': authority.prove(`stack ${nonce}`) };
  if (call.method === 'GET' && call.path === '/awspip/health') {
    if (call.query.has('use')) parts.onUse();
    return jsonAnswer(parts.health(), 200, headers);
  }
  if (call.method === 'POST' && call.path === '/awspip/drain') {
    const wait = Number(call.query.get('wait') ?? Number.NaN);
    parts.onDrain(Number.isFinite(wait) && wait >= 0 ? wait : undefined);
    return jsonAnswer(parts.health(), 202, headers);
  }
  return jsonAnswer({ message: 'not found' }, 404);
}

/** The firewall's HTTP API, which speaks the web's own Request and Response. */
async function firewall(call: Call, parts: ServerParts): Promise<Answer> {
  const allowed = parts.authority.isSigned(call.headers.authorization) || holdsSecretOrToken(call, parts);
  if (!allowed) return jsonAnswer({ message: 'Forbidden' }, 403);
  parts.onUse();
  const url = `http://localhost${call.path}?${call.query}`;
  const response = await parts.packageCheck(new Request(url, { method: call.method }));
  const type = response.headers.get('content-type') ?? 'application/json';
  return {
    status: response.status,
    headers: { 'content-type': type },
    body: Buffer.from(await response.arrayBuffer()),
  };
}

function rest(call: Call, parts: ServerParts): Promise<Answer> {
  const { authority, log, onUse } = parts;
  return guarded(
    call,
    log,
    async () => {
      if (!authority.isSigned(call.headers.authorization)) throw noAccess();
      onUse();
      return codeArtifactApi(call, parts.codeArtifact);
    },
    restFault,
  );
}

function stepFunctions(call: Call, parts: ServerParts): Promise<Answer> {
  return guarded(call, parts.log, () => stepFunctionsApi(call, parts.stepFunctions), jsonFault);
}

async function dynamoDb(call: Call, { dynamoDb: database, log }: ServerParts, response: ServerResponse) {
  try {
    await database.answer(call, response);
    return 'sent' as const;
  } catch (error) {
    return jsonFault(faultOf(error, call, log));
  }
}

/** The answer to a call, or `sent` when it was sent already. */
async function answerOf(call: Call, parts: ServerParts, response: ServerResponse): Promise<Answer | 'sent'> {
  if (call.path.startsWith('/pypi/')) {
    parts.onUse();
    return guarded(call, parts.log, () => pypiEndpoint(call, parts.pypi), pypiFault);
  }
  if (call.path.startsWith('/awspip/')) return control(call, parts);
  if (call.path === '/package-check') return guarded(call, parts.log, () => firewall(call, parts), restFault);
  const target = String(call.headers['x-amz-target'] ?? '');
  if (!target) return rest(call, parts);
  if (!parts.authority.isSigned(call.headers.authorization)) return jsonFault(noAccess());
  parts.onUse();
  if (target.startsWith(stepFunctionsTarget)) return stepFunctions(call, parts);
  if (!target.startsWith(dynamoTarget)) {
    return jsonFault(new AwsFault('UnknownOperationException', 400, `\`${target}\` is not imitated`));
  }
  return dynamoDb(call, parts, response);
}

async function handle(request: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  try {
    const call = callOf(request);
    const answer = await answerOf(call, parts, response);
    if (answer !== 'sent') await sendAnswer(response, answer, call.method !== 'HEAD');
  } catch (error) {
    parts.log(`a request failed: ${errorText(error)}`);
    response.destroy();
  }
}

/** The one server of the stack; not listening yet. */
export function stackServer(parts: ServerParts): Server {
  // Files may take long: what a slow client needs is bounded by pip's own limits, not by ours.
  return createServer(
    { requestTimeout: 0, keepAliveTimeout: 65_000 },
    (request, response) => void handle(request, response, parts),
  );
}

/**
 * Listens on loopback, on `port` if it is free.
 *
 * @returns the port.
 */
export async function listen(server: Server, port: number | undefined): Promise<number> {
  const attempt = (wanted: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : wanted);
      });
    });
  if (port === undefined) return attempt(0);
  return attempt(port).catch(() => attempt(0));
}
