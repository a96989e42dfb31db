import { open } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';

/**
 * Reads at most `maxBytes` from the start of a file, which may be a pipe.
 *
 * @throws {AwspipError} `file-unreadable` (78).
 */
export async function readStart(file: string, maxBytes: number): Promise<string> {
  try {
    const handle = await open(path.resolve(file), 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      let size = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, size, maxBytes - size);
        size += bytesRead;
        if (bytesRead === 0 || size === maxBytes) return buffer.toString('utf8', 0, size);
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AwspipError('file-unreadable', `cannot read \`${file}\``, {
      exit: 'configuration',
      hint: 'check the path and the permissions of the file',
      cause,
    });
  }
}
