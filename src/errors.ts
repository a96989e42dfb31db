/** awspip's exit codes. The documentation and `awspip help exit-codes` show this table. pip's own codes pass unchanged. */
export const exitCodes = {
  ok: { code: 0, meaning: 'pip succeeded' },
  blocked: { code: 10, meaning: 'blocked by policy, or denied by a person' },
  held: { code: 11, meaning: 'on hold, within cooldown, or still being vetted when the wait ran out' },
  notFound: { code: 12, meaning: 'no such project or version, or contradictory requirements' },
  usage: { code: 64, meaning: 'invalid command line, or a source that is not vetted' },
  unavailable: { code: 69, meaning: 'a service is unavailable' },
  bug: { code: 70, meaning: 'a bug in awspip' },
  denied: { code: 77, meaning: 'AWS credentials missing, expired or denied' },
  configuration: { code: 78, meaning: 'bad configuration' },
  interrupted: { code: 130, meaning: 'interrupted' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitReason = keyof typeof exitCodes;

type Details = {
  /** The key in `exitCodes` that sets the exit code. */
  readonly exit: ExitReason;
  /** The next step for the reader: a command or setting that exists. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** 128 plus the signal number, if a signal other than SIGINT ended the work. */
  readonly exitCode?: number | undefined;
};

/** A failure that the user can act on. Every other thrown value is reported as a bug in awspip. */
export class AwspipError extends Error {
  override readonly name = 'AwspipError';
  /** Stable kebab-case identifier, such as `token-denied`. */
  readonly code: string;
  readonly exit: ExitReason;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(code: string, message: string, { exit, hint, cause, exitCode }: Details) {
    super(message, { cause });
    this.code = code;
    this.exit = exit;
    this.exitCode = exitCode ?? exitCodes[exit].code;
    this.hint = hint;
  }
}

/** Returns the error for output that cannot be written to `target`, a file path or `stdout`. */
export function outputError(target: string, cause: unknown): AwspipError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new AwspipError('output-not-written', `cannot write the output to ${target}${code && `: ${code}`}`, {
    exit: 'configuration',
    hint: isFull
      ? 'free disk space, or write the output to another file'
      : 'write the output to a file in an existing folder that you may write to',
    cause,
  });
}
