import { splitWords } from './python-text.ts';

/** One option on a line of a requirements file, by its canonical long name. */
export type LineOption = { readonly name: string; readonly value?: string };

/** One logical line: a requirement in front (may be empty), options after it. */
export type ParsedLine = { readonly requirement: string; readonly options: readonly LineOption[] };

/** Options pip knows in a requirements file, over all its versions; true: takes a value. */
const longOptions: Readonly<Record<string, boolean>> = {
  '--index-url': true,
  '--pypi-url': true,
  '--extra-index-url': true,
  '--no-index': false,
  '--constraint': true,
  '--requirement': true,
  '--editable': true,
  '--find-links': true,
  '--no-binary': true,
  '--only-binary': true,
  '--prefer-binary': false,
  '--require-hashes': false,
  '--no-require-hashes': false,
  '--pre': false,
  '--all-releases': true,
  '--only-final': true,
  '--trusted-host': true,
  '--use-feature': true,
  '--global-option': true,
  '--install-option': true,
  '--hash': true,
  '--config-settings': true,
  '--config-setting': true,
  '--always-unzip': false,
};
const ofSomeVersions = new Set([
  ...['--no-require-hashes', '--all-releases', '--only-final', '--use-feature', '--global-option'],
  ...['--install-option', '--config-settings', '--config-setting', '--always-unzip'],
]);
const shortOptions: Readonly<Record<string, string>> = {
  '-i': '--index-url',
  '-c': '--constraint',
  '-r': '--requirement',
  '-e': '--editable',
  '-f': '--find-links',
  '-C': '--config-settings',
  '-Z': '--always-unzip',
};
const aliases: Readonly<Record<string, string>> = {
  '--pypi-url': '--index-url',
  '--config-setting': '--config-settings',
};

/** Reads a logical line as pip does; a text instead says, in one sentence, why it can't be read. */
export function parseRequirementsLine(text: string): ParsedLine | string {
  const tokens = text.split(' ');
  const at = tokens.findIndex((token) => token.startsWith('-'));
  if (at < 0) return { requirement: text, options: [] };
  const words = splitWords(tokens.slice(at).join(' '));
  if (words === undefined) return 'a quotation mark or backslash is left open';
  const options = parseWords(words);
  return typeof options === 'string' ? options : { requirement: tokens.slice(0, at).join(' '), options };
}

/** Python's optparse: abbreviations, `--name=value`, `-nvalue`, clusters; other words are passed over. */
function parseWords(words: readonly string[]): LineOption[] | string {
  const options: LineOption[] = [];
  const rest = words.toReversed();
  for (let word = rest.pop(); word !== undefined && word !== '--'; word = rest.pop()) {
    const read = readWord(word, rest);
    if (typeof read === 'string') return read;
    options.push(...read);
  }
  return options;
}

/** `rest` holds the words still to come, the next one last. */
function readWord(word: string, rest: string[]): LineOption[] | string {
  if (word.startsWith('--')) return readLong(word, rest);
  return word.startsWith('-') && word.length > 1 ? readShort(word, rest) : [];
}

function readLong(word: string, rest: string[]): LineOption[] | string {
  const equals = word.indexOf('=');
  const typed = equals < 0 ? word : word.slice(0, equals);
  const name = fullName(typed);
  if (name === undefined) return `${typed} is no option of a requirements file`;
  if (longOptions[name] === false) return equals < 0 ? [{ name }] : `${name} takes no value`;
  const value = equals < 0 ? rest.pop() : word.slice(equals + 1);
  return value === undefined ? `${name} lacks its value` : [{ name: aliases[name] ?? name, value }];
}

/** Abbreviations mean what every pip has, before what only some have: `--i` is `--index-url` since 23.1. */
function fullName(typed: string): string | undefined {
  if (Object.hasOwn(longOptions, typed)) return typed;
  const matching = Object.keys(longOptions).filter((name) => name.startsWith(typed));
  const common = matching.filter((name) => !ofSomeVersions.has(name));
  const meant = common.length > 0 ? common : matching;
  return new Set(meant.map((name) => aliases[name] ?? name)).size === 1 ? meant[0] : undefined;
}

function readShort(word: string, rest: string[]): LineOption[] | string {
  const options: LineOption[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = shortOptions[`-${word[at]}`];
    if (name === undefined) return `-${word[at]} is no option of a requirements file`;
    if (longOptions[name] === false) {
      options.push({ name });
      continue;
    }
    const value = at + 1 < word.length ? word.slice(at + 1) : rest.pop();
    return value === undefined ? `${name} lacks its value` : [...options, { name, value }];
  }
  return options;
}
