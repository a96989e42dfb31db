import type { ExitReason } from '../errors.ts';

/** What one look found. */
export type Check = {
  readonly name: string;
  /** `skip`: it could not be looked at, and that is no fault. */
  readonly state: 'pass' | 'fail' | 'skip';
  readonly detail: string;
  readonly hint?: string | undefined;
  /** Of a failure: what ends the process. */
  readonly exit?: ExitReason | undefined;
};
