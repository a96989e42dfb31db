import { parse } from 'smol-toml';

/**
 * Reads TOML with integers of any size, as Python's tomllib does: a file that pip reads and we do not would hide what
 * it asks for.
 * @throws TomlError where it is none.
 */
export function parseToml(text: string): Record<string, unknown> {
  return parse(text, { integersAsBigInt: 'asNeeded' });
}
