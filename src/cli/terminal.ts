/** Functions that style text; each returns its input if colour is off. */
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'magenta', (text: string) => string>>;

const unchanged = (text: string): string => text;

/** The style of files and of streams without colour. */
export const plainStyle: Style = {
  bold: unchanged,
  dim: unchanged,
  red: unchanged,
  green: unchanged,
  magenta: unchanged,
};

/** How text is laid out for one stream. */
export type Output = { readonly style: Style; readonly columns: number };

/** The streams of the process and how to write to them. stdout is pip's; awspip's own text goes to stderr. */
export type Terminal = {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  /** Whether stderr is a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Width of stdout in columns; 80 if it is no terminal or its size is unknown. */
  readonly columns: number;
  /** Styles of stderr. There is no yellow and no cyan, because neither is readable on a light background. */
  readonly style: Style;
  /** Styles of stdout, which may be a pipe while stderr is a terminal. */
  readonly stdoutStyle: Style;
};

/** Returns how verbs lay out the text that they print on stdout. */
export function stdoutOutput({ stdoutStyle, columns }: Terminal): Output {
  return { style: stdoutStyle, columns };
}

type SizedStream = { readonly isTTY?: boolean; readonly columns?: number | undefined };

/** A terminal without a size (some CI systems, `script`) says 0 columns. */
const hasSize = ({ columns = 0 }: SizedStream): boolean => columns > 10;

/** Returns the columns to lay text out for; 80 for files, and for terminals of unknown size. */
export function widthOf({ columns }: SizedStream): number {
  return columns !== undefined && hasSize({ columns }) ? columns : 80;
}

/** Returns whether a stream is a terminal whose lines can be redrawn. */
export function canRedraw(stream: SizedStream): boolean {
  return stream.isTTY === true && hasSize(stream);
}
