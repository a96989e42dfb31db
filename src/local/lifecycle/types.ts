import type { Secret } from '../../secret.ts';

/** A stack that answered its health check. */
export type RunningStack = {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly port: number;
  readonly secret: Secret;
  readonly pid: number;
  readonly version: string;
  /** The number of running executions. */
  readonly executions: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly draining: boolean;
};

/** Whether a stack runs on a folder. */
export type StackStatus =
  | { readonly kind: 'running'; readonly stack: RunningStack; readonly logFile: string }
  /** A process holds the folder's lock, and does not answer. */
  | { readonly kind: 'unresponsive'; readonly pid: number | undefined; readonly logFile: string }
  | { readonly kind: 'stopped'; readonly logFile: string };

/** A started background process. `exited` resolves with its exit code, or null when a signal ended it. */
export type StartedProcess = { readonly pid: number | undefined; readonly exited: Promise<number | null> };

export type EnsureOptions = {
  /** The folder of the stack. */
  readonly stateDirectory: string;
  /** The folders of the stacks of older versions, the newest first. */
  readonly olderDirectories: readonly string[];
  /** Starts a detached process that calls `serveStack` on the same folder and writes to this file descriptor. */
  readonly spawn: (logFile: number) => StartedProcess;
  /** How long to wait for a stack to answer, at most 30 s. A start gets at least 10 s. */
  readonly waitSeconds?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};
