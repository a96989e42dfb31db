import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '../secret.ts';
import { readText, writeFileAtomically } from './files.ts';

/**
 * Returns the secret that every call must carry as its AWS access key ID, and creates it when there is none.
 *
 * The secret outlives the process, so that the output of `awspip local env` in a shell or a pip.conf stays valid after
 * the stack stops. A reset replaces it. An access key ID may contain only letters, digits and `_`.
 */
export async function stackSecret(stateDirectory: string): Promise<Secret> {
  const path = join(stateDirectory, 'secret');
  const stored = (await readText(path)) ?? '';
  if (/^AWSPIP[0-9A-F]{40}$/.test(stored)) return new Secret(stored);
  const secret = `AWSPIP${randomBytes(20).toString('hex').toUpperCase()}`;
  await writeFileAtomically(path, secret);
  return new Secret(secret);
}
