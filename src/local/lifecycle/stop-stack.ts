import { pause } from '../pause.ts';
import { findRunningStack, isProcessAlive, requestDrain } from './control-client.ts';

export type StopOptions = {
  readonly stateDirectory: string;
  /** How long to wait for running executions. */
  readonly waitSeconds?: number;
  /** How long to wait after that for the process to exit before it is killed. */
  readonly killSeconds?: number;
};

export type StopResult = { readonly kind: 'stopped'; readonly pid: number } | { readonly kind: 'not-running' };

async function exitsWithin(pid: number, seconds: number): Promise<boolean> {
  for (let waited = 0; waited < seconds * 1000; waited += 50) {
    if (!isProcessAlive(pid)) return true;
    await pause(50);
  }
  return !isProcessAlive(pid);
}

/** Stops the folder's stack. Its executions get `waitSeconds` to end. A process that does not exit is killed. */
export async function stopStack({
  stateDirectory,
  waitSeconds = 10,
  killSeconds = 5,
}: StopOptions): Promise<StopResult> {
  const running = await findRunningStack(stateDirectory, { use: false });
  if (!running) return { kind: 'not-running' };
  await requestDrain(running, waitSeconds);
  // The stack proved that it holds the secret when it reported its process ID, so no other process is killed.
  if (!(await exitsWithin(running.pid, waitSeconds + killSeconds))) {
    process.kill(running.pid, 'SIGKILL');
    await exitsWithin(running.pid, killSeconds);
  }
  return { kind: 'stopped', pid: running.pid };
}
