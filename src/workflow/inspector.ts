import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Inspect, openInspector } from '../firewall/install-code/inspect.ts';
import type { IndexFile, UpstreamIndex } from '../index/types.ts';

/** Returns an inspector that searches the files of an index for code that runs at installation, startup or import. */
export function openIndexInspector(upstream: UpstreamIndex, now: () => number): Inspect {
  return openInspector({
    withFile: (file, maxBytes, use) => withDownload(file, upstream, maxBytes, use),
    pageOf: async (name) => {
      const answer = await upstream.page(name);
      return answer.kind === 'found' ? answer.page : undefined;
    },
    now,
  });
}

/** Thrown within a download that is larger than the limit. */
class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Downloads a file to a temporary folder, and removes it after use. */
async function withDownload<T>(
  file: IndexFile,
  upstream: Pick<UpstreamIndex, 'open'>,
  maxBytes: number,
  use: (archive: string | undefined) => Promise<T>,
): Promise<T> {
  if ((file.size ?? 0) > maxBytes) return use(undefined);
  const folder = await mkdtemp(path.join(tmpdir(), 'awspip-inspect-'));
  try {
    const archive = path.join(folder, 'archive');
    const isComplete = await download(file, upstream, maxBytes, archive);
    return await use(isComplete ? archive : undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns whether the file is at most as large as the limit. */
async function download(
  file: IndexFile,
  upstream: Pick<UpstreamIndex, 'open'>,
  maxBytes: number,
  target: string,
): Promise<boolean> {
  const { stream } = await upstream.open(file);
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(new TooLarge());
      else done(null, chunk);
    },
  });
  try {
    await pipeline(stream, limit, createWriteStream(target));
    return true;
  } catch (error) {
    if (error instanceof TooLarge) return false;
    throw error;
  }
}
