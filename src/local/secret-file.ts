import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../secret.ts';
import { writeFileAtomically } from './files.ts';

/**
 * The secret that every call must bear. It outlives the process, so that what a shell or a pip.conf was given by
 * `awspip local env` goes on working after the stack went idle; a reset makes a new one. It looks like an AWS access
 * key id, which may hold letters, digits and `_` only.
 */
export async function stackSecret(stateDirectory: string): Promise<Secret> {
  const path = join(stateDirectory, 'secret');
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (/^AWSPIP[0-9A-F]{40}$/.test(kept)) return new Secret(kept);
  const fresh = `AWSPIP${randomBytes(20).toString('hex').toUpperCase()}`;
  await writeFileAtomically(path, fresh);
  return new Secret(fresh);
}
