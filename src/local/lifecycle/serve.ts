import type { Stack } from '../types.ts';

/** What the background process runs. */
export type ServeOptions = {
  readonly stateDirectory: string;
  readonly version: string;
  readonly fingerprint: string;
  /** Goes after so long without a request and without a running execution. */
  readonly idleSeconds: number;
  /** How long a drain waits for running executions. */
  readonly drainSeconds?: number;
  /** Opens the stack (`openStack` with what is given here); called with the lock held. */
  readonly open: (given: { readonly port: number | undefined; readonly onDrain: () => void }) => Promise<Stack>;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
};

/**
 * Holds the folder's lock, opens the stack, writes the port file, and returns when the stack is closed: idle, drained
 * or signalled. Returns `taken` at once when another process holds the lock.
 */
export async function serveStack(_options: ServeOptions): Promise<'taken' | 'idle' | 'drained' | 'signalled'> {
  return 'taken';
}
