import { normaliseName } from '../index/names.ts';
import { longOption, type OptionRow, optionTable, verbsWithoutIndex } from './options.ts';
import type { OwnOption } from './split-own-options.ts';

/** One option of a pip command line, by its canonical long name. */
export type PipOption = {
  /** `--index-url` for any spelling: `-i`, `--pypi-url`, `--index-u`. Unknown options are kept as typed. */
  readonly name: string;
  /** Absent for a flag, and for a missing value at the end of the line. */
  readonly value?: string;
  /** Position of the option in `argv`. */
  readonly index: number;
  /** Position of the value in `argv`. The value is the whole argument or its end (`-rfile`, `--requirement=file`). */
  readonly valueIndex?: number;
};

/** A parsed pip command line. */
export type PipCommand = {
  /** The arguments of pip, without awspip's own options. */
  readonly argv: readonly string[];
  /** `install`, `list`, …; absent for `pip` and `pip --version`. */
  readonly verb?: string;
  /** Position of the verb in `argv`. */
  readonly verbIndex?: number;
  /** Positional arguments after the verb. */
  readonly arguments: readonly string[];
  readonly options: readonly PipOption[];
  /** Canonical names of the options before the verb, as read by pip's first pass. */
  readonly beforeVerb: readonly string[];
  /** Whether pip uses an index. True for an unknown verb: see `verbsWithoutIndex`. */
  readonly usesIndex: boolean;
  readonly asksForHelp: boolean;
  /** `--version` before the verb. */
  readonly asksForVersion: boolean;
  /** Whether the literal `--isolated` is present, which makes pip ignore its variables. */
  readonly isolated: boolean;
  readonly upgrade: boolean;
  readonly pre: boolean;
  readonly noDeps: boolean;
  readonly formatControl: FormatControl;
  /** Values of `-r`, as typed. */
  readonly requirementFiles: readonly string[];
  /** Values of `-c`, as typed. */
  readonly constraintFiles: readonly string[];
  /** Values of `-e`, as typed. */
  readonly editables: readonly string[];
  readonly ownOptions: readonly OwnOption[];
};

/** `--only-binary` and `--no-binary` by pip's rules: normalised names, with `:all:` first. */
export type FormatControl = { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };

/**
 * Parses a command line, without `pip` and awspip's own options, as pip's optparse does: clusters, abbreviations,
 * aliases, `--`. Invalid parts are parsed as far as possible, because pip reports them.
 *
 * @param pip the version of pip, if known. An abbreviation has the meaning of the newest pip, unless this version gives
 * it another one.
 */
export function parsePipArguments(
  argv: readonly string[],
  ownOptions: readonly OwnOption[] = [],
  pip?: string,
): PipCommand {
  const { verbIndex, options: generalOptions } = readGeneral(argv, pip);
  const verb = verbIndex === undefined ? undefined : argv[verbIndex];
  const { options, positionals } = readOptions(argv, { table: optionTable(verb), pip }, verb);
  const has = (name: string) => options.some((option) => option.name === name);
  const values = (name: string) => optionValues({ options }, name);
  const beforeVerb = generalOptions.map(({ name }) => name);
  const asksForHelp = verb === undefined || verb === 'help' || beforeVerb.includes('--help') || has('--help');
  const asksForVersion = beforeVerb.includes('--version');
  return {
    argv,
    ...(verb !== undefined && verbIndex !== undefined && { verb, verbIndex }),
    arguments: positionals,
    options,
    beforeVerb,
    usesIndex: !asksForHelp && !asksForVersion && asksIndex(verb, has),
    asksForHelp,
    asksForVersion,
    // pip searches for this literal argument before it parses options. An abbreviation or a variable does not isolate.
    isolated: argv.includes('--isolated'),
    upgrade: has('--upgrade'),
    pre: has('--pre'),
    noDeps: has('--no-deps'),
    formatControl: formatControl(options),
    requirementFiles: values('--requirement'),
    constraintFiles: values('--constraint'),
    editables: verb === 'list' ? [] : values('--editable'),
    ownOptions,
  };
}

/** Returns all values of an option, by its canonical name, in order. */
export function optionValues(command: Pick<PipCommand, 'options'>, name: string): string[] {
  return command.options.flatMap((option) => (option.name === name && option.value !== undefined ? option.value : []));
}

/** Returns the arguments with one option's value replaced. */
export function replaceOptionValue(argv: readonly string[], option: PipOption, value: string): string[] {
  const { valueIndex } = option;
  if (valueIndex === undefined) return [...argv];
  const typed = argv[valueIndex] ?? '';
  return argv.with(valueIndex, typed.slice(0, typed.length - (option.value ?? '').length) + value);
}

/** Combines `--no-binary` and `--only-binary` in order, as pip's `FormatControl.handle_mutual_excludes` does. */
export function formatControl(options: readonly Pick<PipOption, 'name' | 'value'>[]): FormatControl {
  const onlyBinary = new Set<string>();
  const noBinary = new Set<string>();
  for (const { name, value = '' } of options) {
    if (name === '--only-binary') exclude(value, onlyBinary, noBinary);
    if (name === '--no-binary') exclude(value, noBinary, onlyBinary);
  }
  return { onlyBinary: [...onlyBinary], noBinary: [...noBinary] };
}

/** Adds the projects of an option's value to `target` and removes them from `other`. */
export function exclude(value: string, target: Set<string>, other: Set<string>): void {
  const names = value.split(',');
  const lastAll = names.lastIndexOf(':all:');
  if (lastAll >= 0) {
    other.clear();
    target.clear();
    target.add(':all:');
  }
  const rest = names.slice(lastAll + 1);
  if (lastAll >= 0 && !rest.includes(':none:')) return;
  for (const name of rest.filter((text) => text !== '')) {
    if (name === ':none:') {
      target.clear();
    } else {
      const normal = normaliseName(name);
      other.delete(normal);
      target.add(normal);
    }
  }
}

function asksIndex(verb: string | undefined, has: (name: string) => boolean): boolean {
  if (verb === 'list') return has('--outdated') || has('--uptodate');
  return verb !== undefined && !verbsWithoutIndex.has(verb);
}

/** The options of one pass, and the version of pip that defines abbreviations. */
type OptionReader = { readonly table: readonly OptionRow[]; readonly pip: string | undefined };

type ReadResult = { readonly options: readonly PipOption[]; readonly consumed: number };

/** Reads pip's first pass, which knows only the general options and stops at the verb. */
function readGeneral(argv: readonly string[], pip: string | undefined) {
  const reader = { table: optionTable(undefined), pip };
  const options: PipOption[] = [];
  let index = 0;
  while (index < argv.length) {
    const argument = argv[index] ?? '';
    if (argument === '--') return { options, verbIndex: index + 1 < argv.length ? index + 1 : undefined };
    if (!isOption(argument)) return { options, verbIndex: index };
    const result = readArgument(argv, index, reader);
    options.push(...result.options);
    index += result.consumed;
  }
  return { options, verbIndex: undefined };
}

/**
 * Reads pip's second pass: the whole line without the verb. Like pip, removes the first argument that equals the verb,
 * even an option's value (`--log install install six`).
 */
function readOptions(argv: readonly string[], reader: OptionReader, verb: string | undefined) {
  const verbPosition = verb === undefined ? argv.length : argv.indexOf(verb);
  const arguments_ = argv.filter((_, index) => index !== verbPosition);
  const originalIndex = (index: number) => (index < verbPosition ? index : index + 1);
  const options: PipOption[] = [];
  const positionals: string[] = [];
  let index = 0;
  while (index < arguments_.length) {
    const argument = arguments_[index] ?? '';
    if (argument === '--') {
      positionals.push(...arguments_.slice(index + 1));
      break;
    }
    if (isOption(argument)) {
      const result = readArgument(arguments_, index, reader);
      options.push(...result.options);
      index += result.consumed;
    } else {
      positionals.push(argument);
      index += 1;
    }
  }
  const positioned = options.map((option) => ({
    ...option,
    index: originalIndex(option.index),
    ...(option.valueIndex !== undefined && { valueIndex: originalIndex(option.valueIndex) }),
  }));
  return { options: positioned, positionals };
}

const isOption = (argument: string) => argument.startsWith('-') && argument.length > 1;

function readArgument(argv: readonly string[], index: number, reader: OptionReader): ReadResult {
  return argv[index]?.startsWith('--') ? readLong(argv, index, reader) : readCluster(argv, index, reader);
}

function readLong(argv: readonly string[], index: number, { table, pip }: OptionReader): ReadResult {
  const argument = argv[index] ?? '';
  const equals = argument.indexOf('=');
  const spelling = equals < 0 ? argument : argument.slice(0, equals);
  const row = longOption(spelling, table, pip);
  const name = row?.name ?? spelling;
  if (equals >= 0)
    return { options: [{ name, value: argument.slice(equals + 1), index, valueIndex: index }], consumed: 1 };
  if (!row?.takesValue) return { options: [{ name, index }], consumed: 1 };
  return withNextArgument(argv, index, [], name);
}

/** Reads `-qfURL`: flags up to the first option with a value. The value is the rest, or the next argument. */
function readCluster(argv: readonly string[], index: number, { table }: OptionReader): ReadResult {
  const argument = argv[index] ?? '';
  const flags: PipOption[] = [];
  for (let position = 1; position < argument.length; position++) {
    const short = `-${argument[position]}`;
    const row = table.find((candidate) => candidate.spellings.includes(short));
    const name = row?.name ?? short;
    if (row?.takesValue) {
      const value = argument.slice(position + 1);
      if (value === '') return withNextArgument(argv, index, flags, name);
      return { options: [...flags, { name, value, index, valueIndex: index }], consumed: 1 };
    }
    flags.push({ name, index });
  }
  return { options: flags, consumed: 1 };
}

function withNextArgument(
  argv: readonly string[],
  index: number,
  before: readonly PipOption[],
  name: string,
): ReadResult {
  const value = argv[index + 1];
  if (value === undefined) return { options: [...before, { name, index }], consumed: 1 };
  return { options: [...before, { name, value, index, valueIndex: index + 1 }], consumed: 2 };
}
