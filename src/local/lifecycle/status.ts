import { filesOf } from './folder.ts';
import { findRunning } from './health.ts';
import type { StackStatus } from './types.ts';

/** Whether a stack runs on this folder. Never starts one, and doesn't keep one from going idle. */
export async function stackStatus({ stateDirectory }: { readonly stateDirectory: string }): Promise<StackStatus> {
  const logFile = filesOf(stateDirectory).log;
  const stack = await findRunning(stateDirectory, { use: false });
  return stack ? { kind: 'running', stack, logFile } : { kind: 'stopped', logFile };
}
