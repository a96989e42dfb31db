import { parse } from 'smol-toml';

/**
 * Parses TOML with integers of any size, as Python's `tomllib` does. pip must not accept a file that awspip rejects,
 * because its requirements would then stay unvetted.
 *
 * @throws TomlError if the text is not TOML.
 */
export function parseToml(text: string): Record<string, unknown> {
  return parse(text, { integersAsBigInt: 'asNeeded' });
}
