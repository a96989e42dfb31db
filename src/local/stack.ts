import { AwspipError } from '../errors.ts';
import type { Stack, StackOptions } from './types.ts';

/**
 * Opens the embedded stack in this process and listens on loopback. The caller holds the folder's lock.
 *
 * @throws {AwspipError} `state-folder` (78) when the folder cannot be written.
 */
export async function openStack(_options: StackOptions): Promise<Stack> {
  throw new AwspipError('not-built', 'the embedded stack is not built yet', { exit: 'unavailable' });
}
