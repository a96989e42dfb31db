/** The only way to reach a person. stdout belongs to pip; our words go to stderr, data that a program asked for to stdout. */
export type Terminal = {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  /** Whether stderr is a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Styles; each answers its input when colour is off. */
  readonly style: Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', (text: string) => string>>;
};

/**
 * Control characters out, and the marks that GitHub Actions takes for commands parted: what comes from an index or a
 * record must steer neither the terminal nor the build server.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
  const visible = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').slice(0, 2000);
  return visible.replace(/^(\s*)::/gm, '$1: :').replaceAll('##[', '## [');
}

/** The same, on one line: for places where a line break would begin a line of its own. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}
