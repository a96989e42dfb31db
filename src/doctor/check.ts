import { AwspipError } from '../errors.ts';
import type { Check } from './types.ts';

/** Thrown by a look that cannot be had, where that is no fault. */
class Skipped extends Error {}

export function skip(why: string): never {
  throw new Skipped(why);
}

/** One look: what it tells is a pass, what it throws a failure. Nothing that goes wrong ends the examination. */
export async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: 'pass', detail: await look() };
  } catch (error) {
    if (error instanceof Skipped) return { name, state: 'skip', detail: error.message };
    if (error instanceof AwspipError) {
      return { name, state: 'fail', detail: error.message, hint: error.hint, exit: error.exit };
    }
    return { name, state: 'fail', detail: error instanceof Error ? error.message : String(error), exit: 'bug' };
  }
}
