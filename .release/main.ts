import type { Context } from './context.ts';
import { problemLines, ReleaseError } from './problem.ts';
import { packTag, release } from './release.ts';
import { runCommand } from './run-command.ts';

/** Runs `release` or `pack` with its arguments. Returns the exit code. */
export async function main([verb, ...argv]: readonly string[], folder: string): Promise<number> {
  const context: Context = {
    folder,
    run: runCommand,
    say: (line) => process.stdout.write(`${line}\n`),
    today: new Date().toISOString().slice(0, 10),
  };
  try {
    await (verb === 'pack' ? packTag(argv, context) : release(argv, context));
    return 0;
  } catch (error) {
    const problems = error instanceof ReleaseError ? error.problems : [{ text: messageOf(error) }];
    process.stderr.write(`${problemLines(problems).join('\n')}\n`);
    return 1;
  }
}

/** execa's short message names the command and its exit code, and its error has what the command printed. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { shortMessage = error.message, stderr = '' } = error as { shortMessage?: string; stderr?: string };
  return [shortMessage, stderr.trim()].filter((part) => part !== '').join('\n');
}
