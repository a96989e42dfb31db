import { AwspipError, exitCodes } from '../errors.ts';
import { printable } from '../printable.ts';
import type { Terminal } from './terminal.ts';

/** Says what failed and what to do; answers the exit code. The only place where errors become text. */
export function presentError(error: unknown, { stderr, style }: Terminal): number {
  if (!(error instanceof AwspipError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(`${style.red('awspip bug:')} ${stack}\n`);
    writeHint({ stderr, style }, 'please report this, with the lines above');
    return exitCodes.bug.code;
  }
  stderr.write(`${style.red('awspip:')} ${printable(error.message)}\n`);
  if (error.hint !== undefined) writeHint({ stderr, style }, error.hint);
  return error.exitCode;
}

/** A way out, apart from what happened. */
export function writeHint({ stderr, style }: Pick<Terminal, 'stderr' | 'style'>, text: string): void {
  stderr.write(`${style.cyan('hint:')} ${text}\n`);
}
