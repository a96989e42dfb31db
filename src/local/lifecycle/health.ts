import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { authority } from '../authority.ts';
import { type PortFile, readPortFile } from './port-file.ts';
import type { RunningStack } from './types.ts';

const patience = 3000;

/**
 * Asks what listens on the port whether it is our stack. Neither side shows the secret: after a crash the port may be
 * anybody's, another user's too.
 */
async function ask(
  { port, secret }: PortFile,
  method: 'GET' | 'POST',
  path: string,
  query = '',
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const nonce = randomBytes(16).toString('hex');
  const { prove, isProof } = authority(secret);
  const headers = { 'x-awspip-nonce': nonce, 'x-awspip-proof': prove(`${method} ${path} ${nonce}`) };
  return new Promise((resolve) => {
    const nothing = (): void => resolve(undefined);
    const call = request(
      { host: '127.0.0.1', port, method, path: `${path}${query}`, headers, agent: false, timeout: patience },
      (response) => {
        const proof = String(response.headers['x-awspip-proof'] ?? '');
        if (!isProof(proof, `stack ${nonce}`)) {
          call.destroy();
          return nothing();
        }
        text(response)
          .then((body) => resolve(JSON.parse(body)), nothing)
          .catch(nothing);
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', nothing);
    call.end();
  });
}

function asRunning({ port, secret }: PortFile, health: Readonly<Record<string, unknown>>): RunningStack {
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

/** The stack that runs on this folder, if it answers. `use`: it counts as used now, and won't go idle. */
export async function findRunning(
  stateDirectory: string,
  { use }: { readonly use: boolean },
): Promise<RunningStack | undefined> {
  const file = await readPortFile(stateDirectory);
  const health = file && (await ask(file, 'GET', '/awspip/health', use ? '?use' : ''));
  return health && asRunning(file, health);
}

/** Tells a stack to finish what it runs, for at most so long, and go. */
export async function askToDrain({ port, secret, pid }: RunningStack, waitSeconds: number): Promise<void> {
  await ask({ port, secret, pid }, 'POST', '/awspip/drain', `?wait=${waitSeconds}`);
}

/** Whether a process with this id is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
