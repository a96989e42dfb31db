import { createHash } from 'node:crypto';
import { AwspipError } from '../../errors.ts';
import type { IndexFile, UpstreamIndex } from '../../index/types.ts';
import { discard } from './archive.ts';

/** Larger files are not read only to find out why they are damaged. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Checks a file that is no archive: if its bytes are not those that the index lists, the server is at fault and not the
 * release. A file without a digest, and a large one, passes.
 *
 * @throws {AwspipError} `digest-mismatch` (unavailable), and errors of the index.
 */
export async function checkListedDigest(file: IndexFile, source: Pick<UpstreamIndex, 'open'>): Promise<void> {
  const listed = file.hashes.sha256;
  if (listed === undefined || (file.size ?? 0) > maxBytes) return;
  const { stream } = await source.open(file);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) return discard(stream);
    hash.update(chunk);
  }
  const sha256 = hash.digest('hex');
  if (sha256 === listed) return;
  const host = URL.canParse(file.url) ? new URL(file.url).host : file.url;
  throw new AwspipError(
    'digest-mismatch',
    `the sha256 of ${file.filename} from \`${host}\` is ${sha256}, but the index lists ${listed}`,
    { exit: 'unavailable', hint: 'report this to the administrators of the index; nothing was vetted' },
  );
}
