import { constants } from 'node:os';
import { AwspipError } from '../errors.ts';

/** The signals that interrupt a wait for vetting. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A wait that a signal can interrupt. */
type Interruption = {
  /** Rejects with `interrupted` (130, or 128 plus the number of the signal) when a signal arrives. */
  readonly interrupted: Promise<never>;
  /** Aborted when a signal arrives. */
  readonly signal: AbortSignal;
  /** Stops listening for signals. */
  readonly close: () => void;
};

/** Listens for Ctrl-C, SIGTERM and SIGHUP during a wait. The workflow continues without the client. */
export function openInterruption(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(
        new AwspipError('interrupted', 'interrupted while waiting; vetting continues in the background', {
          exit: 'interrupted',
          exitCode: 128 + constants.signals[signal.reason as NodeJS.Signals],
          hint: 'run the same command again to join it',
        }),
      ),
    );
  });
  const abort = (name: NodeJS.Signals) => controller.abort(name);
  for (const name of signals) process.on(name, abort);
  return {
    interrupted,
    signal,
    close: () => {
      for (const name of signals) process.removeListener(name, abort);
    },
  };
}
