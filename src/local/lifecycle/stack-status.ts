import { findRunningStack } from './control-client.ts';
import { stateFiles } from './state-files.ts';
import type { StackStatus } from './types.ts';

/** Returns whether a stack runs on this folder. Does not start one, and does not restart its idle time. */
export async function stackStatus({ stateDirectory }: { readonly stateDirectory: string }): Promise<StackStatus> {
  const logFile = stateFiles(stateDirectory).log;
  const stack = await findRunningStack(stateDirectory, { use: false });
  return stack ? { kind: 'running', stack, logFile } : { kind: 'stopped', logFile };
}
