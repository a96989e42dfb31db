import { pause } from '../pause.ts';
import { findRunningStack, isProcessAlive, requestDrain } from './control-client.ts';
import { findHolder } from './holder.ts';

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

/** Ends a process that does not answer: SIGTERM first, then SIGKILL. A process that was stopped continues, to end itself. */
async function endProcess(pid: number, seconds: number): Promise<void> {
  for (const signals of [['SIGTERM', 'SIGCONT'], ['SIGKILL']] as const) {
    for (const signal of signals) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile, or the platform has no such signal.
      }
    }
    if (await exitsWithin(pid, seconds)) return;
  }
}

/**
 * Stops the folder's stack. Its executions get `waitSeconds` to end. A process that does not exit, or that does not
 * answer but holds the folder's lock, is killed.
 */
export async function stopStack({
  stateDirectory,
  waitSeconds = 10,
  killSeconds = 5,
}: StopOptions): Promise<StopResult> {
  const running = await findRunningStack(stateDirectory, { use: false });
  if (running) {
    await requestDrain(running, waitSeconds);
    if (!(await exitsWithin(running.pid, waitSeconds + killSeconds))) await endProcess(running.pid, killSeconds);
    return { kind: 'stopped', pid: running.pid };
  }
  const pid = (await findHolder(stateDirectory))?.pid;
  if (pid === undefined) return { kind: 'not-running' };
  await endProcess(pid, killSeconds);
  return { kind: 'stopped', pid };
}
