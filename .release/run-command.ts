import { execa } from 'execa';
import type { Run } from './context.ts';

/** Runs a command with execa, which also finds `npm.cmd` on Windows. */
export const runCommand: Run = async (command, argv, { cwd, shown }) => {
  const output = shown ? (['pipe', 'inherit'] as const) : 'pipe';
  const { stdout } = await execa(command, argv, { cwd, stdin: 'inherit', stdout: output, stderr: output });
  return String(stdout);
};
