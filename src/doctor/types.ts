import type { ExitReason } from '../errors.ts';

/** The result of one check. */
export type Check = {
  readonly name: string;
  /** `warn`: works, but is not safe. `skip`: the check could not run. Neither is a failure. */
  readonly state: 'pass' | 'warn' | 'fail' | 'skip';
  readonly detail: string;
  readonly hint?: string | undefined;
  /** The exit code of the process if this check fails. */
  readonly exit?: ExitReason | undefined;
};
