import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { AwspipError, type ExitReason, exitCodes } from '../../errors.ts';
import { authority } from '../authority.ts';
import { isResourceName } from '../names.ts';
import type { DomainAccess } from '../types.ts';
import { type PortFile, readPortFile } from './port-file.ts';
import type { RunningStack } from './types.ts';

const timeoutMilliseconds = 3000;
/** A registration creates a table and ends leases, which takes longer than an answer about the state. */
export const registerMilliseconds = 60_000;

type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: string;
  readonly body?: string;
  readonly milliseconds?: number;
};
type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/**
 * Sends a control request to the port, and returns the answer if it comes from our stack; `silent` when nothing answers
 * in time. Neither side sends the secret, because after a crash any program, even another user's, may listen on the port.
 */
async function sendControl(
  { port, secret }: Pick<PortFile, 'port' | 'secret'>,
  { method, path, query = '', body, milliseconds = timeoutMilliseconds }: Call,
): Promise<Answer | 'silent' | undefined> {
  const nonce = randomBytes(16).toString('hex');
  const { prove, isProof } = authority(secret);
  const headers = { 'x-awspip-nonce': nonce, 'x-awspip-proof': prove(`${method} ${path} ${nonce}`) };
  return new Promise((resolve) => {
    const fail = (): void => resolve(undefined);
    const call = request(
      { host: '127.0.0.1', port, method, path: `${path}${query}`, headers, agent: false, timeout: milliseconds },
      (response) => {
        const proof = String(response.headers['x-awspip-proof'] ?? '');
        if (!isProof(proof, `stack ${nonce}`)) {
          call.destroy();
          return fail();
        }
        text(response)
          .then((answer) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) }))
          .catch(fail);
      },
    );
    call.on('timeout', () => {
      resolve('silent');
      call.destroy();
    });
    call.on('error', fail);
    call.end(body);
  });
}

function toRunningStack({ port, secret }: PortFile, health: Answer['body']): RunningStack {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    secret,
    pid: Number(health.pid),
    version: String(health.version),
    executions: Number(health.executions),
    startedAt: Number(health.startedAt),
    draining: health.draining === true,
  };
}

/** Whether a stack runs on a folder, as far as a request can tell. `silent`: its port is open, and nothing answers. */
export type ProbeResult = RunningStack | 'silent' | undefined;

/** Requests the state of the stack that runs on this folder. With `use`, the request restarts its idle time. */
export async function probeStack(stateDirectory: string, { use }: { readonly use: boolean }): Promise<ProbeResult> {
  const file = await readPortFile(stateDirectory);
  const query = use ? '?use' : '';
  const health = file && (await sendControl(file, { method: 'GET', path: '/awspip/health', query }));
  return health && health !== 'silent' ? toRunningStack(file, health.body) : health;
}

/** Returns the stack that runs on this folder, if it answers. With `use`, the request restarts its idle time. */
export async function findRunningStack(
  stateDirectory: string,
  { use }: { readonly use: boolean },
): Promise<RunningStack | undefined> {
  const found = await probeStack(stateDirectory, { use });
  return found === 'silent' ? undefined : found;
}

/** Requests that a stack stops. It waits at most `waitSeconds` for running executions. */
export async function requestDrain(stack: RunningStack, waitSeconds: number): Promise<void> {
  await sendControl(stack, { method: 'POST', path: '/awspip/drain', query: `?wait=${waitSeconds}` });
}

/** Requests that a stack stops if nothing is under way. Returns whether it does. */
export async function requestIdleDrain(stack: RunningStack): Promise<boolean> {
  const answer = await sendControl(stack, { method: 'POST', path: '/awspip/drain', query: '?idle&wait=0' });
  return answer !== undefined && answer !== 'silent' && answer.status === 202;
}

/**
 * Registers a configuration with the stack, which opens its domain and its state machine. Returns undefined when the
 * stack does not answer within this time.
 *
 * @throws {AwspipError} the error of a configuration that cannot be used.
 */
export async function registerConfiguration(
  stack: RunningStack,
  configuration: unknown,
  milliseconds = registerMilliseconds,
): Promise<DomainAccess | undefined> {
  const { endpoint, secret } = stack;
  const body = authority(secret).seal(JSON.stringify(configuration));
  const call = { method: 'POST', path: '/awspip/register', body, milliseconds } as const;
  const answer = await sendControl(stack, call);
  if (answer === undefined || answer === 'silent') return undefined;
  const { domain, stateMachine, failure } = answer.body;
  if (answer.status === 400 && typeof failure === 'object' && failure !== null) throw toError({ ...failure });
  if (!isName(domain) || !isName(stateMachine)) return undefined;
  return { endpoint, secret, domain, stateMachine };
}

const isName = (value: unknown): value is string => typeof value === 'string' && isResourceName(value);

function toError({ code, message, exit, hint }: Readonly<Record<string, unknown>>): AwspipError {
  return new AwspipError(String(code), String(message), {
    exit: Object.hasOwn(exitCodes, String(exit)) ? (exit as ExitReason) : 'unavailable',
    hint: typeof hint === 'string' ? hint : undefined,
  });
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
