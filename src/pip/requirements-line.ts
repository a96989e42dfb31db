import { splitWords } from './python-text.ts';

/** One option on a line of a requirements file, by its canonical long name. */
export type LineOption = { readonly name: string; readonly value?: string };

/** One logical line: a requirement, which may be empty, followed by options. */
export type ParsedLine = { readonly requirement: string; readonly options: readonly LineOption[] };

/** Options of requirements files in all versions of pip. True: takes a value. */
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

/** Parses a logical line as pip does. Returns a sentence with the problem if the line is invalid. */
export function parseRequirementsLine(text: string): ParsedLine | string {
  const tokens = text.split(' ');
  const at = tokens.findIndex((token) => token.startsWith('-'));
  if (at < 0) return { requirement: text, options: [] };
  const words = splitWords(tokens.slice(at).join(' '));
  if (words === undefined) return 'unclosed quotation mark or trailing backslash';
  const options = parseWords(words);
  return typeof options === 'string' ? options : { requirement: tokens.slice(0, at).join(' '), options };
}

/**
 * Parses arguments as Python's optparse does: abbreviations, `--name=value`, `-nvalue`, clusters. Other arguments are
 * ignored.
 */
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

/** Parses one argument. `rest` holds the following arguments in reverse order. */
function readWord(word: string, rest: string[]): LineOption[] | string {
  if (word.startsWith('--')) return readLong(word, rest);
  return word.startsWith('-') && word.length > 1 ? readShort(word, rest) : [];
}

function readLong(word: string, rest: string[]): LineOption[] | string {
  const equals = word.indexOf('=');
  const typed = equals < 0 ? word : word.slice(0, equals);
  const name = fullName(typed);
  if (name === undefined) return `${typed} is not an option of a requirements file`;
  if (longOptions[name] === false) return equals < 0 ? [{ name }] : `${name} takes no value`;
  const value = equals < 0 ? rest.pop() : word.slice(equals + 1);
  return value === undefined ? `${name} needs a value` : [{ name: aliases[name] ?? name, value }];
}

/**
 * Returns the full name of an abbreviation. Options of every pip take precedence over options of some: `--i` is
 * `--index-url`, also since 23.1.
 */
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
    if (name === undefined) return `-${word[at]} is not an option of a requirements file`;
    if (longOptions[name] === false) {
      options.push({ name });
      continue;
    }
    const value = at + 1 < word.length ? word.slice(at + 1) : rest.pop();
    return value === undefined ? `${name} needs a value` : [...options, { name, value }];
  }
  return options;
}
