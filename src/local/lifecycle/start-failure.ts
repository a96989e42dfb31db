import { rm } from 'node:fs/promises';
import { AwspipError, type ExitReason, exitCodes } from '../../errors.ts';
import { readJson, writeJson } from '../files.ts';
import { stateFiles } from './state-files.ts';

/** Leaves the reason why the process could not start for the command that started it. */
export async function writeStartFailure(stateDirectory: string, error: AwspipError): Promise<void> {
  const { code, message, exit, hint } = error;
  // In a folder that cannot be written to, the log has the reason, or the command finds it itself.
  await writeJson(stateFiles(stateDirectory).failure, { code, message, exit, hint }).catch(() => undefined);
}

/** Returns the reason that a process left, and removes it. */
export async function takeStartFailure(stateDirectory: string): Promise<AwspipError | undefined> {
  const path = stateFiles(stateDirectory).failure;
  const found = await readJson(path).catch(() => undefined);
  if (typeof found !== 'object' || found === null) return undefined;
  await rm(path, { force: true });
  const { code, message, exit, hint } = found as Readonly<Record<string, unknown>>;
  return new AwspipError(String(code), String(message), {
    exit: Object.hasOwn(exitCodes, String(exit)) ? (exit as ExitReason) : 'unavailable',
    hint: typeof hint === 'string' ? hint : undefined,
  });
}
