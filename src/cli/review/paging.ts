import { AwspipError } from '../../errors.ts';
import { oneLine } from '../../printable.ts';

/** The part of a list that is shown, and the number of items left out. */
export type Page<T> = { readonly shown: readonly T[]; readonly omitted: number };

const defaultLimit = 20;
const maxLimit = 100_000;

/** The options of every list. */
export type PagingFlags = { readonly limit?: string; readonly all?: boolean };

/**
 * Returns how many items to show.
 *
 * @throws AwspipError `limit-invalid` (64)
 */
export function readLimit({ limit, all }: PagingFlags): number {
  if (all === true) return Number.POSITIVE_INFINITY;
  if (limit === undefined) return defaultLimit;
  const number = Number(limit);
  if (/^\d{1,6}$/.test(limit) && number >= 1 && number <= maxLimit) return number;
  throw new AwspipError('limit-invalid', `\`${oneLine(limit).slice(0, 50)}\` is not a number from 1 to ${maxLimit}`, {
    exit: 'usage',
    hint: 'give a number, or `--all`',
  });
}

/** Returns the first items of a list. */
export function pageOf<T>(items: readonly T[], limit: number): Page<T> {
  const shown = items.slice(0, limit);
  return { shown, omitted: items.length - shown.length };
}

/** Returns the line that counts what is left out, with the command that shows it; nothing if nothing is. */
export function omittedLines(omitted: number, command: string): readonly string[] {
  return omitted === 0 ? [] : [`… and ${omitted} more: \`${command}\``];
}
