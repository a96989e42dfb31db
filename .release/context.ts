/** What a release needs from its process. */
export type Context = {
  /** The project's folder. */
  readonly folder: string;
  readonly run: Run;
  /** Prints a line. */
  readonly say: (line: string) => void;
  /** The date of the release, like 2026-11-30. */
  readonly today: string;
};

/**
 * Runs a command in a folder and returns what it printed, without the last line end. Rejects if it fails. `shown` also
 * shows its output while it runs.
 */
export type Run = (
  command: 'git' | 'npm',
  argv: readonly string[],
  options: { readonly cwd: string; readonly shown?: boolean },
) => Promise<string>;
