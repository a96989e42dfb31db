import { AwspipError } from '../../errors.ts';
import type { EnsureOptions, RunningStack } from './types.ts';

/**
 * Gives the running stack of this folder, starting or replacing it if need be.
 *
 * @throws {AwspipError} `state-folder` (78), `stack-not-started` (69).
 */
export async function ensureStack(_options: EnsureOptions): Promise<RunningStack> {
  throw new AwspipError('not-built', 'the embedded stack is not built yet', { exit: 'unavailable' });
}
