import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { until } from '../awspip.ts';
import { freePort } from './free-port.ts';
import type { InvocationResult } from './functions.ts';
import { preparedPython } from './prepared-python.ts';

/** Returns a Python with moto's server and the port of AWS's event matcher, cached between runs. */
export const motoPython = () =>
  preparedPython({
    folder: 'awspip-test-moto-server',
    packages: ['moto[server,stepfunctions,dynamodb,events]==5.2.1', 'event-ruler==0.3.0'],
    check: 'import moto.server, event_ruler',
  });

/** Invokes a Lambda function by name. */
export type Invoke = (functionName: string, event: unknown) => Promise<InvocationResult>;

/**
 * Starts moto's server behind a proxy. The proxy passes Lambda's Invoke to `invoke` and forwards everything else to
 * moto, which calls Lambda through the proxy. `executing` switches the execution of state machines on.
 */
export async function startMoto(python: string, invoke: Invoke) {
  const proxy = createServer((request, response) => {
    void pass(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const port = await freePort();
  const moto = `http://127.0.0.1:${port}`;
  const env = { PATH: process.env.PATH, HOME: os.tmpdir(), MOTO_PORT: new URL(origin).port };
  const child = spawn(python, ['-m', 'moto.server', '-p', `${port}`, '-H', '127.0.0.1'], { env, stdio: 'ignore' });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
    if (name !== undefined)
      return invoked(response, await invoke(decodeURIComponent(name), JSON.parse(body.toString())));
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(`${moto}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const passedHeaders = [...answer.headers].filter(
      ([key]) => !/^(content-length|content-encoding|connection)$/.test(key),
    );
    response.writeHead(answer.status, Object.fromEntries(passedHeaders)).end(Buffer.from(await answer.arrayBuffer()));
  }

  const executing = async (on: boolean): Promise<boolean> => {
    const settings = JSON.stringify({ stepfunctions: { execute_state_machine: on } });
    const answer = await fetch(`${moto}/moto-api/config`, { method: 'POST', body: settings }).catch(() => undefined);
    return answer?.ok === true;
  };
  await until('moto to answer', () => executing(true));
  return {
    origin,
    /** Sets whether moto executes state machines. Machines created in one mode don't exist in the other. */
    executing,
    close: async () => {
      child.kill();
      await new Promise<void>((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      });
    },
  };
}

/** Answers like Lambda: a function's failure is a 200 as well, with a header that marks it. */
function invoked(response: ServerResponse, { result, error }: InvocationResult): void {
  const headers = { 'content-type': 'application/json', ...(error && { 'x-amz-function-error': 'Unhandled' }) };
  response.writeHead(200, headers).end(JSON.stringify(error ?? result));
}
