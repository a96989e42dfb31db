/** The streams of the process and how to write to them. stdout is pip's; awspip's own text goes to stderr. */
export type Terminal = {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  /** Whether stderr is a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Width of stdout in columns; 80 if it is no terminal. */
  readonly columns: number;
  /**
   * Styles. Each returns its input if colour is off. No yellow and no cyan: neither is readable on a light background.
   */
  readonly style: Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'magenta', (text: string) => string>>;
};
