import { AwspipError } from '../errors.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { Foreign } from '../pip/roots.ts';
import { printable } from './terminal.ts';

/** Options that would have pip fetch from somewhere else, or past the relay. */
const sourceOptions = new Set(['--index-url', '--extra-index-url', '--find-links', '--no-index', '--proxy']);

/**
 * Refuses, before pip starts, what would come in unvetted: other indexes, addresses, folders, version control.
 *
 * @throws {AwspipError} `source-not-vetted` (64), naming the option or the file and line.
 */
export function refuseForeign(command: PipCommand, foreign: readonly Foreign[]): void {
  const option = command.options.find(({ name }) => sourceOptions.has(name));
  if (option !== undefined) {
    throw refused(`\`${option.name}\` would have pip look past the vetted repository`, 'leave the option out');
  }
  const [first] = foreign;
  if (first === undefined) return;
  throw refused(
    `${printable(first.what)} (${printable(first.where)}) does not come from the vetted repository: ${printable(first.value)}`,
    'name a project and a version instead, and it is vetted',
  );
}

function refused(message: string, hint: string): AwspipError {
  return new AwspipError('source-not-vetted', message, { exit: 'usage', hint });
}
