import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type ArchiveBytes, chunksOf } from './archive-bytes.ts';
import type { ArchiveEntry, Collect } from './archive-entry.ts';
import { type ArchiveLimits, maxUnpacked, UnreadableArchive } from './archive-limits.ts';
import { type ByteQueue, byteQueue } from './byte-queue.ts';
import { parseHeader, parsePax, type TarHeader } from './tar-header.ts';

const blockBytes = 512;
const maxExtension = 1024 * 1024;

/**
 * Reads all entries of a gzipped tar by the rules of Python's `tarfile`, and checks its checksums (POSIX.1-2017 pax, GNU
 * tar). What other readers understand differently makes it throw: bytes behind the end, a damaged header, sparse files.
 *
 * @throws {UnreadableArchive} for a damaged or ambiguous file or beyond a limit.
 */
export async function readTarGz(bytes: ArchiveBytes, limits: ArchiveLimits, collect: Collect): Promise<void> {
  if (await endsLikeZip(bytes)) throw new UnreadableArchive('is a zip file as well');
  const gunzip = createGunzip();
  const source = Readable.from(chunksOf(bytes, 0, bytes.size));
  source.on('error', (error) => gunzip.destroy(error));
  try {
    await readEntries(byteQueue(source.pipe(gunzip), maxUnpacked(bytes.size, limits)), limits, collect);
  } catch (error) {
    throw error instanceof UnreadableArchive
      ? error
      : new UnreadableArchive(`is damaged (${(error as Error).message})`);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  await checkTrailer(bytes, gunzip.bytesWritten);
}

/** pip unpacks each file that ends like a zip as a zip, by `zipfile.is_zipfile`. */
async function endsLikeZip(bytes: ArchiveBytes): Promise<boolean> {
  const tail = await bytes.read(Math.max(0, bytes.size - 65_557), bytes.size);
  for (let at = tail.indexOf('PK\x05\x06', 0, 'latin1'); at !== -1; at = tail.indexOf('PK\x05\x06', at + 1, 'latin1')) {
    if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) >= tail.length) return true;
  }
  return false;
}

/** Throws if anything but null bytes follows the compressed data. */
async function checkTrailer(bytes: ArchiveBytes, from: number): Promise<void> {
  for await (const chunk of chunksOf(bytes, from, bytes.size)) {
    if (!isZero(chunk)) throw new UnreadableArchive('has trailing bytes');
  }
}

async function readEntries(queue: ByteQueue, limits: ArchiveLimits, collect: Collect): Promise<void> {
  let count = 0;
  let overrides: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const block = await queue.take(blockBytes);
    if (block.length === 0 && count > 0) return;
    if (block.length < blockBytes) throw new UnreadableArchive('ends within an entry');
    if (isZero(block)) break;
    count += 1;
    if (count > limits.entries) throw new UnreadableArchive(`has more than ${limits.entries} entries`);
    const header = parseHeader(block);
    if ('xgXLK'.includes(header.type)) {
      overrides = mergeOverrides(overrides, header, await readExtension(queue, header));
      continue;
    }
    const entry = describe(header, overrides);
    overrides = new Map();
    const receive = collect(entry);
    if (entry.kind !== 'file') continue;
    if (receive === undefined) await queue.skip(padded(entry.size));
    else receive((await queue.takeAll(padded(entry.size))).subarray(0, entry.size));
  }
  for (let rest = await queue.next(); rest !== undefined; rest = await queue.next()) {
    if (!isZero(rest)) throw new UnreadableArchive('has bytes behind its end');
  }
}

async function readExtension(queue: ByteQueue, { size }: TarHeader): Promise<Buffer> {
  if (size > maxExtension) throw new UnreadableArchive('has too large a header');
  return (await queue.takeAll(padded(size))).subarray(0, size);
}

function mergeOverrides(
  overrides: ReadonlyMap<string, string>,
  { type }: TarHeader,
  content: Buffer,
): ReadonlyMap<string, string> {
  if (type === 'L' || type === 'K') {
    const [text = ''] = content.toString('utf8').split('\0', 1);
    return new Map([...overrides, [type === 'L' ? 'path' : 'linkpath', text]]);
  }
  const records = parsePax(content);
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse')) throw new UnreadableArchive('has a sparse file');
    if (type === 'g' && /^(path|linkpath|size|hdrcharset)$/.test(key)) {
      throw new UnreadableArchive(`has a global header with \`${key}\``);
    }
  }
  return type === 'g' ? overrides : new Map([...overrides, ...records]);
}

function describe(header: TarHeader, overrides: ReadonlyMap<string, string>): ArchiveEntry {
  const path = (overrides.get('path') ?? header.name).replace(/\/+$/, '');
  const target = overrides.get('linkpath') ?? header.target;
  const size = overrides.has('size') ? Number(overrides.get('size')) : header.size;
  if (!Number.isSafeInteger(size) || size < 0) throw new UnreadableArchive(`has no valid size for \`${path}\``);
  switch (header.type) {
    case '1':
      return { path, kind: 'hard-link', size: 0, target };
    case '2':
      return { path, kind: 'symbolic-link', size: 0, target };
    case '5':
      return { path, kind: 'folder', size: 0 };
    case '3':
    case '4':
    case '6':
      return { path, kind: 'special', size: 0 };
    case 'S':
      throw new UnreadableArchive('has a sparse file');
    default:
      // Tar files of version 7 mark a folder only by its name.
      if (header.type === '\0' && header.name.endsWith('/')) return { path, kind: 'folder', size: 0 };
      return { path, kind: 'file', size };
  }
}

const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

const zeros = Buffer.alloc(64 * 1024);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
