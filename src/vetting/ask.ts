import type { VettingStore } from './store.ts';
import type { Ask, RequestRecord, VettingRequest } from './types.ts';

/** Starts one workflow execution. `exists`: an execution of that name was started before, by anyone. */
export type Starter = { start(name: string, input: VettingRequest): Promise<'started' | 'exists'> };

export type Question = {
  readonly ask: Ask;
  /** Epoch milliseconds when the failed run of pip began: a verdict reached since then needs no new execution. */
  readonly since: number;
  /** The attempt whose SECURE answer was already acted upon and did not help; 0 for none. */
  readonly heeded?: number | undefined;
  readonly waitSeconds: number;
  readonly store: Pick<VettingStore, 'readRequest'>;
  readonly starter: Starter;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** 0 up to 1. */
  readonly random: () => number;
  /** Called for every change of the record, the last one included. */
  readonly onProgress: (record: RequestRecord) => void;
};

/** `joined`: no execution was started for this question. */
export type Answer =
  | { readonly kind: 'secure' | 'refused' | 'error'; readonly record: RequestRecord; readonly joined: boolean }
  /** The wait ran out; no record when not even a claim was seen. */
  | { readonly kind: 'still-running'; readonly record: RequestRecord | undefined; readonly joined: boolean };

/** Asks for a vetting, or joins the one that runs, and waits for its end. */
export async function askForVetting(_question: Question): Promise<Answer> {
  throw new Error('being built');
}
