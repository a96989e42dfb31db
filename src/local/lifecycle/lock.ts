import { randomInt } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { failureCode, stateFolderError, unlessMissing } from '../files.ts';
import { pause } from '../pause.ts';
import { type Claim, claimPipe, liveClaims, makeClaim, pipeOf } from './claims.ts';
import { stateFiles } from './state-files.ts';

/** A lock that is held until it is released or its process ends. */
export type Lock = { release(): Promise<void> };

const maxAttempts = 20;
/** How long a process that tries to acquire the lock keeps its claim at most, in milliseconds. */
const patience = 100;

/**
 * Acquires the folder's lock. Returns undefined when another process holds it.
 *
 * Node has no file locks. A claim is a socket that its process listens on, so a claim is live exactly as long as its
 * process. The holder of the lock has the only live claim: everybody claims first, then looks for other live claims, and
 * gives up its own if there is one. On Windows, only one process can listen on a named pipe.
 *
 * @throws {AwspipError} `state-folder` (78) when the lock cannot be acquired for any other reason.
 */
export async function acquireLock(stateDirectory: string): Promise<Lock | undefined> {
  if (process.platform === 'win32') return claimPipe(pipeOf(stateDirectory));
  const folder = stateFiles(stateDirectory).lock;
  try {
    // A file in place of the folder locks nothing.
    if ((await unlessMissing(() => stat(folder)))?.isDirectory() === false) await rm(folder, { force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const claim = await makeClaim(folder);
      const others = await otherClaims(folder, claim);
      if (others.length === 0) return claim;
      await claim.release();
      if (await staysLive(folder, others)) return undefined;
    }
    return undefined;
  } catch (error) {
    throw stateFolderError(stateDirectory, error);
  }
}

async function otherClaims(folder: string, claim: Claim): Promise<readonly string[]> {
  try {
    return (await liveClaims(folder)).filter((name) => name !== claim.name);
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** Checks whether one of the claims is that of a holder, which outlives the claims of processes that only try. */
async function staysLive(folder: string, names: readonly string[]): Promise<boolean> {
  const isAnyLive = async (): Promise<boolean> => (await liveClaims(folder)).some((name) => names.includes(name));
  for (let waited = 0; waited < patience; waited += 10) {
    // Not in step with others that try.
    await pause(randomInt(5, 15));
    if (!(await isAnyLive())) return false;
  }
  return isAnyLive();
}

/** Checks whether a process holds the folder's lock. Creates nothing. */
export async function isLocked(stateDirectory: string): Promise<boolean> {
  if (process.platform === 'win32') {
    const claim = await claimPipe(pipeOf(stateDirectory));
    await claim?.release();
    return claim === undefined;
  }
  const folder = stateFiles(stateDirectory).lock;
  const live = await liveClaims(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(failureCode(error) ?? '')) return [];
    throw error;
  });
  return live.length > 0 && staysLive(folder, live);
}
