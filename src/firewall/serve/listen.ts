import { type ServerType, serve } from '@hono/node-server';
import { AwspipError } from '../../errors.ts';
import type { PolicyServeOptions } from './types.ts';

type Handler = Parameters<typeof serve>[0]['fetch'];

/** Open requests may finish for this time after a signal, before their connections are closed. */
const closeMilliseconds = 10_000;

/**
 * Listens for HTTP requests. `command`: the command that has `--port`, for the hint.
 *
 * @throws {AwspipError} `cannot-listen` (69).
 */
export function listen(
  fetch: Handler,
  { host, port }: Pick<PolicyServeOptions, 'host' | 'port'>,
  command = 'awspip policy serve',
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, () => resolve(server));
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another program uses this port' : cause.message;
      reject(
        new AwspipError('cannot-listen', `cannot listen on ${host} port ${port}: ${reason}`, {
          exit: 'unavailable',
          hint: `choose another port with \`${command} --port\``,
          cause,
        }),
      );
    });
  });
}

/** Waits for SIGTERM or SIGINT, then closes the server after its open requests have finished. */
export function untilSignal(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      server.close(() => resolve());
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), closeMilliseconds).unref();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  });
}
