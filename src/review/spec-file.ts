import { AwspipError } from '../errors.ts';
import { oneLine } from '../printable.ts';

/**
 * Returns the releases of a file, one per line, as `pip freeze` prints them. Comments, `--hash` options and line breaks
 * with `\\` are passed over.
 *
 * @throws AwspipError `spec-file-invalid` (64) for a line with another option
 */
export function readSpecLines(text: string, file: string): readonly string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, '')
        .replace(/\s--hash[= ]\S+/g, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .map((line) => {
      if (!line.startsWith('-')) return line;
      throw new AwspipError(
        'spec-file-invalid',
        `\`${oneLine(file)}\` has the option \`${oneLine(line).slice(0, 80)}\``,
        {
          exit: 'usage',
          hint: 'give a file with one release per line, as `pip freeze` prints them',
        },
      );
    });
}
