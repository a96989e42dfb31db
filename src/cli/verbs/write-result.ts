import { outputError } from '../../errors.ts';
import type { Context } from '../context.ts';

/**
 * Writes the result of a verb to a file, or to stdout without one. With a file, people see `summary` on stderr, because
 * the log of a job that fails must say why.
 *
 * @throws {AwspipError} `output-not-written` (78)
 */
export async function writeResult(
  text: string,
  file: string | undefined,
  { terminal, writeText }: Pick<Context, 'terminal' | 'writeText'>,
  summary = '',
): Promise<void> {
  if (file === undefined) {
    terminal.stdout.write(text);
    return;
  }
  await writeText(file, text).catch((cause: unknown) => {
    throw outputError(`\`${file}\``, cause);
  });
  terminal.stderr.write(summary);
}
