/** The only way to reach a person. stdout belongs to pip; our words go to stderr, data that a program asked for to stdout. */
export type Terminal = {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  /** Whether stderr is a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Styles; each answers its input when colour is off. */
  readonly style: Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', (text: string) => string>>;
};
