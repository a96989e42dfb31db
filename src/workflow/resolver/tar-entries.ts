import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type ArchiveLimits, collect, discard, type Entries, UnreadableArchive } from './archive.ts';

/**
 * Reads entries of a gzipped tar from a stream, in memory.
 *
 * @param isSelected selects the entries to read by path.
 * @param isEnough returns true when the rest isn't needed.
 * @throws {UnreadableArchive} for a damaged archive or beyond a limit. Errors of the stream itself pass through.
 */
export async function readTarEntries(
  stream: Readable,
  isSelected: (path: string) => boolean,
  limits: ArchiveLimits,
  isEnough: (found: Entries) => boolean,
): Promise<Entries> {
  const found = new Map<string, string>();
  const archive = extract();
  let sourceError: unknown;
  stream.once('error', (error) => {
    sourceError = error;
  });
  const end = new AbortController();
  const flow = pipeline(
    stream,
    limitBytes(limits.packed, 'the archive'),
    createGunzip(),
    limitBytes(limits.unpacked, 'its content'),
    archive,
    { signal: end.signal },
  );
  // The loop below throws the same error.
  flow.catch(() => undefined);
  try {
    let entries = 0;
    for await (const entry of archive) {
      entries += 1;
      if (entries > limits.entries) throw new UnreadableArchive(`it has more than ${limits.entries} entries`);
      const { name, type } = entry.header;
      if (type === 'file' && isSelected(name))
        found.set(name, (await collect(entry as AsyncIterable<Uint8Array>, limits.entry, `\`${name}\``)).toString());
      else entry.resume();
      if (isEnough(found)) return found;
    }
    return found;
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    throw new UnreadableArchive(String((error as Error).message), found);
  } finally {
    end.abort();
    discard(stream);
  }
}

function limitBytes(limit: number, subject: string): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed > limit) done(new UnreadableArchive(`${subject} is larger than ${limit} bytes`));
      else done(null, chunk);
    },
  });
}
