import { open } from 'node:fs/promises';
import { AwspipError } from '../errors.ts';
import { loadPolicy, maxPolicyBytes } from './policy-file.ts';

/**
 * The text of a policy file that is valid. No more of it is read than a policy may have, whatever it is.
 *
 * @throws {AwspipError} `policy-unreadable`, `policy-invalid` (configuration)
 */
export async function policyText(file: string): Promise<string> {
  const text = await readStart(file, maxPolicyBytes + 1);
  loadPolicy(text);
  return text;
}

async function readStart(file: string, max: number): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(max);
      let size = 0;
      for (let read = -1; read !== 0 && size < max; size += read) {
        read = (await handle.read(buffer, size, max - size)).bytesRead;
      }
      return buffer.toString('utf8', 0, size);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AwspipError('policy-unreadable', `the policy file ${file} cannot be read`, {
      exit: 'configuration',
      hint: 'name a file that can be read with `AWSPIP_POLICY`, or unset it',
      cause,
    });
  }
}
