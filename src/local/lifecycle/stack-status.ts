import { findRunningStack } from './control-client.ts';
import { findHolder } from './holder.ts';
import { stateFiles } from './state-files.ts';
import type { StackStatus } from './types.ts';

/** Returns whether a stack runs on this folder. Does not start one, and does not restart its idle time. */
export async function stackStatus({ stateDirectory }: { readonly stateDirectory: string }): Promise<StackStatus> {
  const logFile = stateFiles(stateDirectory).log;
  const stack = await findRunningStack(stateDirectory, { use: false });
  if (stack) return { kind: 'running', stack, logFile };
  const holder = await findHolder(stateDirectory);
  return holder ? { kind: 'unresponsive', pid: holder.pid, logFile } : { kind: 'stopped', logFile };
}
