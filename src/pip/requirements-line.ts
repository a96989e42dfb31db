import { shlexSplit } from './python-text.ts';

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
const versionDependent = new Set([
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
  const firstOption = tokens.findIndex((token) => token.startsWith('-'));
  if (firstOption < 0) return { requirement: text, options: [] };
  const arguments_ = shlexSplit(tokens.slice(firstOption).join(' '));
  if (arguments_ === undefined) return 'unclosed quotation mark or trailing backslash';
  const options = parseArguments(arguments_);
  return typeof options === 'string' ? options : { requirement: tokens.slice(0, firstOption).join(' '), options };
}

/**
 * Parses arguments as Python's optparse does: abbreviations, `--name=value`, `-nvalue`, clusters. Other arguments are
 * ignored.
 */
function parseArguments(arguments_: readonly string[]): LineOption[] | string {
  const options: LineOption[] = [];
  const remaining = arguments_.toReversed();
  for (let argument = remaining.pop(); argument !== undefined && argument !== '--'; argument = remaining.pop()) {
    const parsed = parseArgument(argument, remaining);
    if (typeof parsed === 'string') return parsed;
    options.push(...parsed);
  }
  return options;
}

/** Parses one argument. `rest` holds the following arguments in reverse order. */
function parseArgument(argument: string, remaining: string[]): LineOption[] | string {
  if (argument.startsWith('--')) return parseLong(argument, remaining);
  return argument.startsWith('-') && argument.length > 1 ? parseShort(argument, remaining) : [];
}

function parseLong(argument: string, remaining: string[]): LineOption[] | string {
  const equals = argument.indexOf('=');
  const spelling = equals < 0 ? argument : argument.slice(0, equals);
  const name = fullName(spelling);
  if (name === undefined) return `${spelling} is not an option of a requirements file`;
  if (longOptions[name] === false) return equals < 0 ? [{ name }] : `${name} takes no value`;
  const value = equals < 0 ? remaining.pop() : argument.slice(equals + 1);
  return value === undefined ? `${name} needs a value` : [{ name: aliases[name] ?? name, value }];
}

/**
 * Returns the full name of an abbreviation. Options of every pip take precedence over options of some: `--i` is
 * `--index-url`, also since 23.1.
 */
function fullName(spelling: string): string | undefined {
  if (Object.hasOwn(longOptions, spelling)) return spelling;
  const matching = Object.keys(longOptions).filter((name) => name.startsWith(spelling));
  const common = matching.filter((name) => !versionDependent.has(name));
  const candidates = common.length > 0 ? common : matching;
  return new Set(candidates.map((name) => aliases[name] ?? name)).size === 1 ? candidates[0] : undefined;
}

function parseShort(argument: string, remaining: string[]): LineOption[] | string {
  const options: LineOption[] = [];
  for (let position = 1; position < argument.length; position += 1) {
    const name = shortOptions[`-${argument[position]}`];
    if (name === undefined) return `-${argument[position]} is not an option of a requirements file`;
    if (longOptions[name] === false) {
      options.push({ name });
      continue;
    }
    const value = position + 1 < argument.length ? argument.slice(position + 1) : remaining.pop();
    return value === undefined ? `${name} needs a value` : [...options, { name, value }];
  }
  return options;
}
