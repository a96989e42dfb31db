import {
  Agent,
  createServer,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FrontCall, readCall } from './front-call.ts';

/** A call that has ended. */
export type LoggedCall = FrontCall & {
  /** Epoch milliseconds of the request and of the end of the answer. */
  readonly at: number;
  readonly until: number;
  readonly status: number;
};

/** An answer in place of AWS's: its members, and the name of an AWS error if it is one. */
export type FrontReply = { readonly status: number; readonly error?: string; readonly members?: object };
/** Returns an answer in place of AWS's, or undefined to forward the call. */
export type FrontFault = (call: FrontCall, body: string) => FrontReply | undefined;

export type Front = {
  /** Returns the address of this caller, for all services. */
  addressOf(caller: string): Promise<string>;
  readonly calls: LoggedCall[];
  readonly faults: FrontFault[];
  close(): Promise<void>;
};

type FrontOptions = {
  /** The address of the emulator, which has all services but CodeArtifact. */
  readonly emulator: string;
  /** The local stack, which has CodeArtifact, and its access key ID. */
  readonly codeArtifact: { readonly endpoint: string; readonly key: string };
  /** Milliseconds that each call of a function takes in addition. */
  readonly callMilliseconds: number;
  /** Receives each call that was forwarded, after its answer. */
  readonly onAnswered?: ((call: LoggedCall) => void) | undefined;
};

/**
 * Opens servers between functions or clients and AWS, one for each caller, because the emulator gives all functions the
 * same credentials. They forward calls to the emulator or to the local stack, log them, and delay those of functions.
 */
export function openFront(options: FrontOptions): Front {
  const { emulator, codeArtifact, callMilliseconds, onAnswered } = options;
  const calls: LoggedCall[] = [];
  const faults: FrontFault[] = [];
  const servers = new Map<string, Promise<{ readonly server: Server; readonly origin: string }>>();
  const agent = new Agent({ keepAlive: true });

  const open = async (caller: string) => {
    const server = createServer((request, response) => {
      void answer(caller, request, response).catch((error: unknown) => {
        if (response.headersSent) return response.destroy();
        return response.writeHead(502).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const addressOf = async (caller: string): Promise<string> => {
    const opened = servers.get(caller) ?? open(caller);
    servers.set(caller, opened);
    return (await opened).origin;
  };

  async function answer(caller: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', 'http://front');
    const call = readCall(caller, { method: request.method ?? 'GET', url, headers: request.headers }, body.toString());
    if (caller !== client) await new Promise((resolve) => setTimeout(resolve, callMilliseconds));
    const reply = faults.map((fault) => fault(call, body.toString())).find((found) => found !== undefined);
    const answered = reply === undefined ? await forward(call, request, body) : replyOf(reply);
    const rewritten = await withAddress(answered, call);
    const headers = { ...rewritten.headers, 'content-length': String(rewritten.body.length) };
    response.writeHead(rewritten.status, request.method === 'HEAD' ? rewritten.headers : headers);
    response.end(rewritten.body);
    const logged = { ...call, at, until: Date.now(), status: rewritten.status };
    calls.push(logged);
    if (reply === undefined) onAnswered?.(logged);
  }

  function forward(call: FrontCall, request: IncomingMessage, body: Buffer): Promise<Answer> {
    const isCodeArtifact = call.service.startsWith('CodeArtifact');
    const { host: _, connection: __, ...headers } = request.headers;
    const key = `Credential=${codeArtifact.key}/`;
    const authorization = headers.authorization?.replace(/Credential=[^/]+\//, isCodeArtifact ? key : '$&');
    return send(new URL(request.url ?? '/', isCodeArtifact ? codeArtifact.endpoint : emulator), {
      ...{ method: request.method ?? 'GET', agent },
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      body,
    });
  }

  /** Replaces the local stack's address in a repository endpoint by the caller's. */
  async function withAddress(answered: Answer, { caller, operation }: FrontCall): Promise<Answer> {
    if (operation !== 'GetRepositoryEndpoint') return answered;
    const text = answered.body.toString().replace(codeArtifact.endpoint, await addressOf(caller));
    return { ...answered, body: Buffer.from(text) };
  }

  return {
    addressOf,
    calls,
    faults,
    async close() {
      for (const { server } of await Promise.all(servers.values())) {
        server.close();
        server.closeAllConnections();
      }
      agent.destroy();
    },
  };
}

/** The caller whose calls are not delayed: awspip and the tests. */
export const client = 'client';

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

type Sent = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly agent: Agent;
};

function send(url: URL, { body, ...options }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest(url, options, (incoming) => {
      const { connection: _, 'transfer-encoding': __, 'content-length': ___, ...headers } = incoming.headers;
      bodyOf(incoming).then((received) => {
        resolve({ status: incoming.statusCode ?? 502, headers, body: received });
      }, reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Returns the answer in the form of the REST and of the JSON protocol. */
function replyOf({ status, error, members }: FrontReply): Answer {
  const failure = error === undefined ? {} : { __type: error, message: `${error} of the test` };
  const type = error === undefined ? {} : { 'x-amzn-errortype': error };
  const body = Buffer.from(JSON.stringify({ ...failure, ...members }));
  return { status, headers: { 'content-type': 'application/json', ...type }, body };
}
