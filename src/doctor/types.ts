import type { ExitReason } from '../errors.ts';

/** The result of one check. */
export type Check = {
  readonly name: string;
  /** `skip`: the check could not run, which is not a failure. */
  readonly state: 'pass' | 'fail' | 'skip';
  readonly detail: string;
  readonly hint?: string | undefined;
  /** The exit code of the process if this check fails. */
  readonly exit?: ExitReason | undefined;
};
