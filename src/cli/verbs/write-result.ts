import { outputError } from '../../errors.ts';
import type { Context } from '../context.ts';

/**
 * Writes the result of a verb to a file, or to stdout without one.
 *
 * @throws {AwspipError} `output-not-written` (78)
 */
export async function writeResult(
  text: string,
  file: string | undefined,
  { terminal, writeText }: Pick<Context, 'terminal' | 'writeText'>,
): Promise<void> {
  if (file === undefined) {
    terminal.stdout.write(text);
    return;
  }
  await writeText(file, text).catch((cause: unknown) => {
    throw outputError(`\`${file}\``, cause);
  });
}
