import os from 'node:os';
import type { Settings } from './settings/table.ts';
import type { WaitBudget } from './wait-budget.ts';

/** The process that runs one command: its settings, variables, clock and randomness, read once. */
export type ProcessContext = {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stateDirectory: string;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  /** Rejects when `signal` aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Calls `action` at this interval until the returned function is called. */
  readonly every: (milliseconds: number, action: () => void) => () => void;
  /** What is left of `AWSPIP_WAIT` for the waits of this command. */
  readonly waits: WaitBudget;
  readonly random: () => number;
  readonly unique: () => string;
};

/** Returns who runs this process, for the audit log. */
export function actorOfProcess(): { readonly by: string; readonly from: string } {
  return { by: requester(), from: os.hostname().slice(0, 100) };
}

/** Returns `user@host`, the name of the requester in the records. It is not a credential. */
export function requester(): string {
  try {
    return `${os.userInfo().username}@${os.hostname()}`.slice(0, 100);
  } catch {
    return os.hostname().slice(0, 100);
  }
}
