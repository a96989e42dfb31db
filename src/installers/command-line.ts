/** One option of a command line, by its long name where it has one. */
export type ToolOption = { readonly name: string; readonly value?: string };

/** A command line of any tool: options and words, in order. */
export type ParsedCommandLine = {
  readonly options: readonly ToolOption[];
  readonly words: readonly string[];
};

export type CommandLineRules = {
  /** Options that take a value, as typed: `--python`, `-p`. */
  readonly valued: ReadonlySet<string>;
  /** Long names of short options. */
  readonly long: Readonly<Partial<Record<string, string>>>;
  /** After so many words everything is a word: what follows is another program's command line. */
  readonly maxWords?: number | undefined;
};

/**
 * Reads a command line by the common rules (`--name value`, `--name=value`, `-nvalue`, clusters, `--`). What the tool
 * would refuse is read as well as may be: it complains by itself.
 */
export function parseCommandLine(
  args: readonly string[],
  { valued, long, maxWords = Infinity }: CommandLineRules,
): ParsedCommandLine {
  const options: ToolOption[] = [];
  const words: string[] = [];
  const takesValue = (name: string) => valued.has(name) || valued.has(long[name] ?? name);
  let at = 0;
  const next = () => {
    at += 1;
    return args[at];
  };
  const take = (name: string, attached: string | undefined) => {
    const value = takesValue(name) ? (attached ?? next()) : undefined;
    options.push({ name: long[name] ?? name, ...(value !== undefined && { value }) });
  };
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--' || words.length >= maxWords) {
      words.push(...args.slice(arg === '--' ? at + 1 : at));
      break;
    }
    if (arg.startsWith('--')) {
      const equals = arg.indexOf('=');
      if (equals < 0) take(arg, undefined);
      else take(arg.slice(0, equals), arg.slice(equals + 1));
    } else if (arg.startsWith('-') && arg.length > 1) readCluster(arg, takesValue, take);
    else words.push(arg);
  }
  return { options, words };
}

/** `-qU`, `-rfile`, `-qrfile`. */
function readCluster(
  arg: string,
  takesValue: (name: string) => boolean,
  take: (name: string, attached: string | undefined) => void,
): void {
  for (let letter = 1; letter < arg.length; letter += 1) {
    const name = `-${arg[letter]}`;
    const valued = takesValue(name);
    take(name, valued ? arg.slice(letter + 1).replace(/^=/, '') || undefined : undefined);
    if (valued) return;
  }
}
