import { AwspipError, type ExitReason, exitCodes } from '../errors.ts';
import { printable } from '../printable.ts';
import { writeHints } from './hint-lines.ts';
import type { Terminal } from './terminal.ts';

/** Prints what failed and what to do next, and returns the exit code. */
export function presentError(error: unknown, terminal: Pick<Terminal, 'stderr' | 'style'>): number {
  const { stderr, style } = terminal;
  if (!(error instanceof AwspipError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(`${style.red('awspip bug:')} ${printable(stack)}\n`);
    writeHints(terminal, [defaultHints.bug]);
    return exitCodes.bug.code;
  }
  stderr.write(`${style.red('awspip:')} ${printable(error.message)}\n`);
  writeHints(terminal, [hintOf(error)]);
  return error.exitCode;
}

const defaultHints: Readonly<Record<ExitReason, string>> = {
  ok: 'run the same command again',
  blocked: 'run `awspip status` to see the latest decisions',
  held: 'run `awspip status` to see the latest decisions',
  notFound: 'check the spelling',
  usage: 'run `awspip help` to see commands and options',
  unavailable: 'run the same command again in a while',
  bug: 'report this, with the lines above',
  denied: 'run `awspip doctor` to check credentials and permissions',
  configuration: 'run `awspip doctor` to check the settings',
  interrupted: 'run the same command again',
};

/** Returns the hint of an error; for an error without one, the hint of its exit code. */
export function hintOf({ hint, exit }: Pick<AwspipError, 'hint' | 'exit'>): string {
  return hint ?? defaultHints[exit];
}
