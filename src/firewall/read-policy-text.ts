import { open } from 'node:fs/promises';
import { AwspipError } from '../errors.ts';
import { loadPolicy, maxPolicyBytes } from './policy-file.ts';

/**
 * Reads and validates a policy file and returns its text. It reads at most the allowed size, even from a device or pipe.
 *
 * @throws {AwspipError} `policy-unreadable`, `policy-invalid` (78)
 */
export async function readPolicyText(file: string): Promise<string> {
  const text = await readStart(file, maxPolicyBytes + 1);
  loadPolicy(text);
  return text;
}

async function readStart(file: string, maxBytes: number): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      let size = 0;
      for (let bytesRead = -1; bytesRead !== 0 && size < maxBytes; size += bytesRead) {
        bytesRead = (await handle.read(buffer, size, maxBytes - size)).bytesRead;
      }
      return buffer.toString('utf8', 0, size);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AwspipError('policy-unreadable', `cannot read the policy file ${file}`, {
      exit: 'configuration',
      hint: 'set `AWSPIP_POLICY` to a readable file, or unset it',
      cause,
    });
  }
}
