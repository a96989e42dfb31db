import type { Secret } from '../../secret.ts';

/** A stack that answered its health check. */
export type RunningStack = {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly port: number;
  readonly secret: Secret;
  readonly pid: number;
  readonly version: string;
  readonly fingerprint: string;
  /** Executions that run now. */
  readonly executions: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly draining: boolean;
};

/** Whether a stack runs, and what is known of it. */
export type StackStatus =
  | { readonly kind: 'running'; readonly stack: RunningStack; readonly logFile: string }
  | { readonly kind: 'stopped'; readonly logFile: string };

/** A background process as started: `exited` settles with its exit code (null: a signal). */
export type StartedProcess = { readonly pid: number | undefined; readonly exited: Promise<number | null> };

export type EnsureOptions = {
  readonly stateDirectory: string;
  readonly version: string;
  readonly fingerprint: string;
  /** Starts a detached process that calls `serveStack` on the same folder; its output goes to the log file given. */
  readonly spawn: (logFile: number) => StartedProcess;
  /** How long a stack may take to answer. */
  readonly waitSeconds?: number;
  /** How long an older stack may take to finish what it runs. */
  readonly drainSeconds?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};
