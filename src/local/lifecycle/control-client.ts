import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { authority } from '../authority.ts';
import { type PortFile, readPortFile } from './port-file.ts';
import type { RunningStack } from './types.ts';

const timeoutMilliseconds = 3000;

/**
 * Sends a control request to the port, and returns the answer if it comes from our stack. Neither side sends the
 * secret, because after a crash any program, even another user's, may listen on the port.
 */
async function sendControl(
  { port, secret }: PortFile,
  method: 'GET' | 'POST',
  path: string,
  query = '',
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const nonce = randomBytes(16).toString('hex');
  const { prove, isProof } = authority(secret);
  const headers = { 'x-awspip-nonce': nonce, 'x-awspip-proof': prove(`${method} ${path} ${nonce}`) };
  return new Promise((resolve) => {
    const fail = (): void => resolve(undefined);
    const call = request(
      { host: '127.0.0.1', port, method, path: `${path}${query}`, headers, agent: false, timeout: timeoutMilliseconds },
      (response) => {
        const proof = String(response.headers['x-awspip-proof'] ?? '');
        if (!isProof(proof, `stack ${nonce}`)) {
          call.destroy();
          return fail();
        }
        text(response)
          .then((body) => resolve(JSON.parse(body)))
          .catch(fail);
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', fail);
    call.end();
  });
}

function toRunningStack({ port, secret }: PortFile, health: Readonly<Record<string, unknown>>): RunningStack {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    secret,
    pid: Number(health.pid),
    version: String(health.version),
    fingerprint: String(health.fingerprint),
    executions: Number(health.executions),
    startedAt: Number(health.startedAt),
    draining: health.draining === true,
  };
}

/** Returns the stack that runs on this folder, if it answers. With `use`, the request restarts its idle time. */
export async function findRunningStack(
  stateDirectory: string,
  { use }: { readonly use: boolean },
): Promise<RunningStack | undefined> {
  const file = await readPortFile(stateDirectory);
  const health = file && (await sendControl(file, 'GET', '/awspip/health', use ? '?use' : ''));
  return health && toRunningStack(file, health);
}

/** Requests that a stack stops. It waits at most `waitSeconds` for running executions. */
export async function requestDrain({ port, secret, pid }: RunningStack, waitSeconds: number): Promise<void> {
  await sendControl({ port, secret, pid }, 'POST', '/awspip/drain', `?wait=${waitSeconds}`);
}

/** Checks that a process with this ID exists. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
