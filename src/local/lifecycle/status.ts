import type { StackStatus } from './types.ts';

/** Whether a stack runs on this folder. Never starts one. */
export async function stackStatus({ stateDirectory }: { readonly stateDirectory: string }): Promise<StackStatus> {
  return { kind: 'stopped', logFile: `${stateDirectory}/stack.log` };
}
