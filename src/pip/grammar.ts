import { normaliseName } from '../index/names.ts';
import { longOption, type OptionRow, optionTable, verbsWithoutIndex } from './options.ts';
import type { OwnOption } from './own-options.ts';

/** One option of a pip command line, by its canonical long name. */
export type PipOption = {
  /** `--index-url`, whatever was typed: `-i`, `--pypi-url`, `--index-u`. What pip does not know stands as typed. */
  readonly name: string;
  /** Absent for a flag, and for a value that is not there because the line ends. */
  readonly value?: string;
  /** Where in `argv` the option stands. */
  readonly index: number;
  /** Where in `argv` the value stands: its whole text, or the end of it (`-rfile`, `--requirement=file`). */
  readonly valueIndex?: number;
};

/** A pip command line, read as pip itself reads it. */
export type PipCommand = {
  /** What pip is started with: no option of ours is left in it. */
  readonly argv: readonly string[];
  /** `install`, `list`, …; absent for `pip` and `pip --version`. */
  readonly verb?: string;
  /** Where in `argv` the verb stands. */
  readonly verbIndex?: number;
  /** Positional arguments after the verb. */
  readonly arguments: readonly string[];
  readonly options: readonly PipOption[];
  /** The options before the verb, by their canonical names, as pip read them while it looked for the verb. */
  readonly beforeVerb: readonly string[];
  /** Whether pip asks an index. True for a verb nobody knows: see `verbsWithoutIndex`. */
  readonly usesIndex: boolean;
  readonly asksForHelp: boolean;
  /** `--version` before the verb. */
  readonly asksForVersion: boolean;
  /** The literal `--isolated`: only that makes pip ignore its variables. */
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
  readonly own: readonly OwnOption[];
};

/** `--only-binary` and `--no-binary` by pip's rules: normalised names, `:all:` first. */
export type FormatControl = { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };

/**
 * Reads a command line (without `pip` itself and without options of ours) the way pip's optparse does: clusters,
 * abbreviations, aliases, `--`. What pip would refuse is read as well as may be; pip itself complains about it.
 * @param pip the pip that will read it, where that is known: an abbreviation means what the newest pip takes it for,
 *   unless this one takes it for something else.
 */
export function parsePipArguments(argv: readonly string[], own: readonly OwnOption[] = [], pip?: string): PipCommand {
  const { verbIndex, options: general } = readGeneral(argv, pip);
  const verb = verbIndex === undefined ? undefined : argv[verbIndex];
  const { options, positionals } = readOptions(argv, { table: optionTable(verb), pip }, verb);
  const has = (name: string) => options.some((option) => option.name === name);
  const values = (name: string) => optionValues({ options }, name);
  const beforeVerb = general.map(({ name }) => name);
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
    // pip looks for this very word before it reads its options: an abbreviation, or a variable, isolates nothing.
    isolated: argv.includes('--isolated'),
    upgrade: has('--upgrade'),
    pre: has('--pre'),
    noDeps: has('--no-deps'),
    formatControl: formatControl(options),
    requirementFiles: values('--requirement'),
    constraintFiles: values('--constraint'),
    editables: verb === 'list' ? [] : values('--editable'),
    own,
  };
}

/** All values of one option, by canonical name, in order. */
export function optionValues(command: Pick<PipCommand, 'options'>, name: string): string[] {
  return command.options.flatMap((option) => (option.name === name && option.value !== undefined ? option.value : []));
}

/** The command line with one option's value replaced. */
export function replaceOptionValue(argv: readonly string[], option: PipOption, value: string): string[] {
  const { valueIndex } = option;
  if (valueIndex === undefined) return [...argv];
  const typed = argv[valueIndex] ?? '';
  return argv.with(valueIndex, typed.slice(0, typed.length - (option.value ?? '').length) + value);
}

/** `--no-binary` and `--only-binary` in the order given, as pip's `FormatControl.handle_mutual_excludes`. */
export function formatControl(options: readonly Pick<PipOption, 'name' | 'value'>[]): FormatControl {
  const onlyBinary = new Set<string>();
  const noBinary = new Set<string>();
  for (const { name, value = '' } of options) {
    if (name === '--only-binary') exclude(value, onlyBinary, noBinary);
    if (name === '--no-binary') exclude(value, noBinary, onlyBinary);
  }
  return { onlyBinary: [...onlyBinary], noBinary: [...noBinary] };
}

/** One value of an option that names projects, taken from the option that says the opposite. */
export function exclude(value: string, target: Set<string>, other: Set<string>): void {
  const names = value.split(',');
  const all = names.lastIndexOf(':all:');
  if (all >= 0) {
    other.clear();
    target.clear();
    target.add(':all:');
  }
  const rest = names.slice(all + 1);
  if (all >= 0 && !rest.includes(':none:')) return;
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

/** The options of one pass, and the pip whose abbreviations count. */
type Reader = { readonly table: readonly OptionRow[]; readonly pip: string | undefined };

type Read = { readonly options: readonly PipOption[]; readonly consumed: number };

/** pip's first pass knows the general options only, and stops at the first word that is none: the verb. */
function readGeneral(argv: readonly string[], pip: string | undefined) {
  const reader = { table: optionTable(undefined), pip };
  const options: PipOption[] = [];
  let index = 0;
  while (index < argv.length) {
    const word = argv[index] ?? '';
    if (word === '--') return { options, verbIndex: index + 1 < argv.length ? index + 1 : undefined };
    if (!isOption(word)) return { options, verbIndex: index };
    const read = readWord(argv, index, reader);
    options.push(...read.options);
    index += read.consumed;
  }
  return { options, verbIndex: undefined };
}

/**
 * pip's second pass reads the whole line again without the verb: without the first word that is spelled like it, which
 * may have been an option's value in the first pass (`--log install install six`).
 */
function readOptions(argv: readonly string[], reader: Reader, verb: string | undefined) {
  const left = verb === undefined ? argv.length : argv.indexOf(verb);
  const words = argv.filter((_, index) => index !== left);
  const typedAt = (index: number) => (index < left ? index : index + 1);
  const options: PipOption[] = [];
  const positionals: string[] = [];
  let index = 0;
  while (index < words.length) {
    const word = words[index] ?? '';
    if (word === '--') {
      positionals.push(...words.slice(index + 1));
      break;
    }
    if (isOption(word)) {
      const read = readWord(words, index, reader);
      options.push(...read.options);
      index += read.consumed;
    } else {
      positionals.push(word);
      index += 1;
    }
  }
  const placed = options.map((option) => ({
    ...option,
    index: typedAt(option.index),
    ...(option.valueIndex !== undefined && { valueIndex: typedAt(option.valueIndex) }),
  }));
  return { options: placed, positionals };
}

const isOption = (word: string) => word.startsWith('-') && word.length > 1;

function readWord(argv: readonly string[], index: number, reader: Reader): Read {
  return argv[index]?.startsWith('--') ? readLong(argv, index, reader) : readCluster(argv, index, reader);
}

function readLong(argv: readonly string[], index: number, { table, pip }: Reader): Read {
  const word = argv[index] ?? '';
  const equals = word.indexOf('=');
  const typed = equals < 0 ? word : word.slice(0, equals);
  const row = longOption(typed, table, pip);
  const name = row?.name ?? typed;
  if (equals >= 0) return { options: [{ name, value: word.slice(equals + 1), index, valueIndex: index }], consumed: 1 };
  if (!row?.takesValue) return { options: [{ name, index }], consumed: 1 };
  return withNextWord(argv, index, [], name);
}

/** `-qfURL`: flags up to the first that takes a value; the value is what is left, else the next word. */
function readCluster(argv: readonly string[], index: number, { table }: Reader): Read {
  const word = argv[index] ?? '';
  const flags: PipOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const short = `-${word[at]}`;
    const row = table.find((candidate) => candidate.spellings.includes(short));
    const name = row?.name ?? short;
    if (row?.takesValue) {
      const value = word.slice(at + 1);
      if (value === '') return withNextWord(argv, index, flags, name);
      return { options: [...flags, { name, value, index, valueIndex: index }], consumed: 1 };
    }
    flags.push({ name, index });
  }
  return { options: flags, consumed: 1 };
}

function withNextWord(argv: readonly string[], index: number, before: readonly PipOption[], name: string): Read {
  const value = argv[index + 1];
  if (value === undefined) return { options: [...before, { name, index }], consumed: 1 };
  return { options: [...before, { name, value, index, valueIndex: index + 1 }], consumed: 2 };
}
