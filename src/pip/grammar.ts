/** One option of a pip command line, by its canonical long name. */
export type PipOption = {
  /** `--index-url`, whatever was typed: `-i`, `--pypi-url`, `--index-u`. */
  readonly name: string;
  /** Absent for a flag, and for a value that is not there because the line ends. */
  readonly value?: string;
  /** Where in `argv` it stands (the option, not its value). */
  readonly index: number;
};

/** One of awspip's own options. */
export type OwnOption = {
  /** Without the leading `--awspip-`. */
  readonly name: string;
  readonly value?: string;
};

/** A pip command line, read as pip itself reads it. */
export type PipCommand = {
  /** What pip is started with: no option of ours is left in it. */
  readonly argv: readonly string[];
  /** `install`, `list`, …; absent for `pip` and `pip --version`. */
  readonly verb?: string;
  /** Positional arguments after the verb. */
  readonly arguments: readonly string[];
  readonly options: readonly PipOption[];
  /** Whether pip asks an index: `install download wheel lock index search`, `list --outdated|--uptodate`. */
  readonly usesIndex: boolean;
  readonly asksForHelp: boolean;
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

/** `--only-binary` and `--no-binary` after pip's rules for `:all:` and `:none:`. Names are normalised. */
export type FormatControl = { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };
