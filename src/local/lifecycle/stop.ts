import { pause } from '../pause.ts';
import { askToDrain, findRunning, isAlive } from './health.ts';

export type StopOptions = {
  readonly stateDirectory: string;
  /** How long running executions may take to end. */
  readonly waitSeconds?: number;
  /** How long the process may then take to go before it is killed. */
  readonly killSeconds?: number;
};

export type StopAnswer = { readonly kind: 'stopped'; readonly pid: number } | { readonly kind: 'not-running' };

async function goneWithin(pid: number, seconds: number): Promise<boolean> {
  for (let waited = 0; waited < seconds * 1000; waited += 50) {
    if (!isAlive(pid)) return true;
    await pause(50);
  }
  return !isAlive(pid);
}

/** Stops the folder's stack: it finishes what it runs (at most `waitSeconds`), then goes. */
export async function stopStack({
  stateDirectory,
  waitSeconds = 10,
  killSeconds = 5,
}: StopOptions): Promise<StopAnswer> {
  const running = await findRunning(stateDirectory, { use: false });
  if (!running) return { kind: 'not-running' };
  await askToDrain(running, waitSeconds);
  // Its own word, given with a proof that it is ours: nobody else's process is meant by this id.
  if (!(await goneWithin(running.pid, waitSeconds + killSeconds))) {
    process.kill(running.pid, 'SIGKILL');
    await goneWithin(running.pid, killSeconds);
  }
  return { kind: 'stopped', pid: running.pid };
}
