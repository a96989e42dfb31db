/** One option of a command line, with its long name if it has one. */
export type CommandLineOption = { readonly name: string; readonly value?: string };

/** The options and the positional arguments of a command line, in order. */
export type ParsedCommandLine = {
  readonly options: readonly CommandLineOption[];
  readonly positionals: readonly string[];
};

/** The options that a program knows. */
export type CommandLineRules = {
  /** Options that take a value, by their long or short name: `--python`, `-p`. */
  readonly valueOptions: ReadonlySet<string>;
  /** The long names of short options. */
  readonly longNames: Readonly<Partial<Record<string, string>>>;
  /** After this many positional arguments, the rest is the command line of another program. */
  readonly maxPositionals?: number | undefined;
};

/**
 * Reads a command line by the common rules (`--name value`, `--name=value`, `-nvalue`, clusters, `--`). It accepts
 * arguments that the program rejects, because the program reports them itself.
 */
export function parseCommandLine(
  args: readonly string[],
  { valueOptions, longNames, maxPositionals = Infinity }: CommandLineRules,
): ParsedCommandLine {
  const options: CommandLineOption[] = [];
  const positionals: string[] = [];
  const takesValue = (name: string) => valueOptions.has(name) || valueOptions.has(longNames[name] ?? name);
  let at = 0;
  const next = () => {
    at += 1;
    return args[at];
  };
  const take = (name: string, attached: string | undefined) => {
    const value = takesValue(name) ? (attached ?? next()) : undefined;
    options.push({ name: longNames[name] ?? name, ...(value !== undefined && { value }) });
  };
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--' || positionals.length >= maxPositionals) {
      positionals.push(...args.slice(arg === '--' ? at + 1 : at));
      break;
    }
    if (arg.startsWith('--')) {
      const equals = arg.indexOf('=');
      if (equals < 0) take(arg, undefined);
      else take(arg.slice(0, equals), arg.slice(equals + 1));
    } else if (arg.startsWith('-') && arg.length > 1) readCluster(arg, takesValue, take);
    else positionals.push(arg);
  }
  return { options, positionals };
}

/** Reads a cluster of short options: `-qU`, `-rfile`, `-qrfile`. */
function readCluster(
  arg: string,
  takesValue: (name: string) => boolean,
  take: (name: string, attached: string | undefined) => void,
): void {
  for (let letter = 1; letter < arg.length; letter += 1) {
    const name = `-${arg[letter]}`;
    const hasValue = takesValue(name);
    take(name, hasValue ? arg.slice(letter + 1).replace(/^=/, '') || undefined : undefined);
    if (hasValue) return;
  }
}
