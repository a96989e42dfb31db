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
  /** What ends the process: a name from `exitCodes`. */
  readonly exit: ExitReason;
  /** The way out: a command or setting that exists. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** 128 + the number of the signal that ended the work, where it was not Ctrl-C. */
  readonly exitCode?: number | undefined;
};

/** A failure that a person can act on. Anything else that is thrown is a bug and is shown as one. */
export class AwspipError extends Error {
  override readonly name = 'AwspipError';
  /** Stable kebab-case reference, such as `token-denied`. */
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

/** The failure when data that was asked for cannot be put where it was to go. */
export function outputNotWritten(target: string, cause: unknown): AwspipError {
  const reason = cause instanceof Error && 'code' in cause ? `: ${String(cause.code)}` : '';
  return new AwspipError('output-not-written', `the output could not be written to ${target}${reason}`, {
    exit: 'configuration',
    hint: 'make room there, or send it elsewhere',
    cause,
  });
}
