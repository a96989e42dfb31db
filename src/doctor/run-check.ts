import { AwspipError } from '../errors.ts';
import type { Check } from './types.ts';

/** Thrown when a check cannot run; reported as `skip`. */
class Skipped extends Error {}

/** Ends the running check as `skip`, with this reason. */
export function skip(reason: string): never {
  throw new Skipped(reason);
}

/** Runs one check. Its result is the detail of a pass, and an error is a failure that does not end the other checks. */
export async function runCheck(name: string, run: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: 'pass', detail: await run() };
  } catch (error) {
    if (error instanceof Skipped) return { name, state: 'skip', detail: error.message };
    if (error instanceof AwspipError) {
      return { name, state: 'fail', detail: error.message, hint: withoutDoctor(error.hint), exit: error.exit };
    }
    return { name, state: 'fail', detail: error instanceof Error ? error.message : String(error), exit: 'bug' };
  }
}

/** Returns a hint for somebody who has run `awspip doctor` already. */
function withoutDoctor(hint: string | undefined): string | undefined {
  return hint?.replace(/[,;] (?:or )?run `awspip doctor`.*$/, '');
}
