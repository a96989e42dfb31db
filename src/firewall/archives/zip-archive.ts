import { Readable } from 'node:stream';
import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { type ArchiveBytes, chunksOf } from './archive-bytes.ts';
import type { ArchiveEntry, Collect } from './archive-entry.ts';
import { type ArchiveLimits, maxUnpacked, UnreadableArchive } from './archive-limits.ts';

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endBytes = 22;
const maxComment = 65_535;
const maxDirectoryBytes = 64 * 1024 * 1024;

type CentralEntry = {
  readonly name: string;
  readonly rawName: Buffer;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  readonly mode: number;
};

/**
 * Reads all entries of a zip file in the order of its central directory, as Python's `zipfile` does, and checks their
 * checksums (APPNOTE.TXT 6.3.10). The entries must fill the file: bytes between or behind them are visible to a reader
 * that goes by local headers, but not to pip.
 *
 * @throws {UnreadableArchive} for a damaged or ambiguous file or beyond a limit.
 */
export async function readZip(bytes: ArchiveBytes, limits: ArchiveLimits, collect: Collect): Promise<void> {
  const { entries, start } = await readDirectory(bytes, limits);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maxUnpacked(bytes.size, limits)) throw new UnreadableArchive('decompresses to too many bytes');
  const ends = await checkLayout(bytes, entries, start);
  for (const entry of entries) {
    const dataStart = ends.get(entry) ?? 0;
    const isFolder = entry.name.endsWith('/') || entry.name.endsWith('\\');
    const isLink = (entry.mode & 0o170000) === 0o120000;
    const described: ArchiveEntry = {
      path: entry.name,
      // Python's `zipfile` writes the target of a symbolic link as a regular file.
      kind: isFolder ? 'folder' : 'file',
      size: entry.size,
      isLinkInOtherReaders: isLink,
    };
    const receive = collect(described);
    await readData(bytes, entry, dataStart, receive);
  }
}

async function readData(
  bytes: ArchiveBytes,
  entry: CentralEntry,
  start: number,
  receive: ((content: Buffer) => void) | undefined,
): Promise<void> {
  const end = start + entry.packed;
  const chunks: Buffer[] = [];
  let crc = 0;
  let size = 0;
  const add = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > entry.size) throw tooLarge(entry);
    crc = crc32(chunk, crc);
    if (receive !== undefined) chunks.push(chunk);
  };
  if (entry.method === 0) for await (const chunk of chunksOf(bytes, start, end)) add(chunk);
  else if (entry.packed <= maxAtOnce && entry.size <= maxAtOnce) add(inflate(await bytes.read(start, end), entry));
  else await inflateChunks(bytes, entry, start, add);
  if (size !== entry.size || crc !== entry.crc)
    throw new UnreadableArchive(`has a wrong checksum for \`${entry.name}\``);
  receive?.(Buffer.concat(chunks, size));
}

/** Bytes of an entry that is decompressed by one call. For a small one, a stream costs more than its content. */
const maxAtOnce = 1024 * 1024;

function inflate(packed: Buffer, entry: CentralEntry): Buffer {
  const maxOutputLength = Math.max(1, entry.size);
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, entry.size + 1);
  try {
    // The types lack `info`, which returns the engine with the number of bytes that it read.
    const options = { maxOutputLength, chunkSize, info: true };
    const { buffer, engine } = inflateRawSync(packed, options) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    if (engine.bytesWritten !== entry.packed) throw trailing(entry);
    return buffer;
  } catch (error) {
    if (error instanceof UnreadableArchive) throw error;
    throw (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(entry) : damaged(entry, error);
  }
}

async function inflateChunks(
  bytes: ArchiveBytes,
  entry: CentralEntry,
  start: number,
  add: (chunk: Buffer) => void,
): Promise<void> {
  const inflating = createInflateRaw();
  const source = Readable.from(chunksOf(bytes, start, start + entry.packed));
  source.on('error', (error) => inflating.destroy(error));
  try {
    for await (const chunk of source.pipe(inflating)) add(chunk as Buffer);
  } catch (error) {
    throw error instanceof UnreadableArchive ? error : damaged(entry, error);
  } finally {
    source.destroy();
    inflating.destroy();
  }
  if (inflating.bytesWritten !== entry.packed) throw trailing(entry);
}

const tooLarge = ({ name }: CentralEntry): UnreadableArchive =>
  new UnreadableArchive(`has \`${name}\`, which is larger than its directory entry`);

const trailing = ({ name }: CentralEntry): UnreadableArchive =>
  new UnreadableArchive(`has trailing bytes in \`${name}\``);

const damaged = ({ name }: CentralEntry, error: unknown): UnreadableArchive =>
  new UnreadableArchive(`has the damaged entry \`${name}\` (${(error as Error).message})`);

async function readDirectory(
  bytes: ArchiveBytes,
  limits: ArchiveLimits,
): Promise<{ entries: CentralEntry[]; start: number }> {
  const tailStart = Math.max(0, bytes.size - endBytes - maxComment);
  const tail = await bytes.read(tailStart, bytes.size);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (at === -1 || tail.length < at + endBytes) throw new UnreadableArchive('is not a zip file');
  if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length) throw new UnreadableArchive('has trailing bytes');
  let [count, size, start] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  let end = tailStart + at;
  if (tail.readUInt16LE(at + 4) !== 0 || tail.readUInt16LE(at + 8) !== count) {
    throw new UnreadableArchive('is split into several files');
  }
  const large = await readEnd64(bytes, end);
  if (large !== undefined) ({ count, size, start, end } = large);
  if (count > limits.entries) throw new UnreadableArchive(`has more than ${limits.entries} entries`);
  if (size > maxDirectoryBytes) throw new UnreadableArchive('has too large a directory');
  if (start + size !== end) throw new UnreadableArchive('has bytes outside its entries');
  const entries = parseDirectory(await bytes.read(start, start + size), count);
  return { entries, start };
}

/** Reads the end record of a large file (zip64), if there is one in front of the usual one. */
async function readEnd64(
  bytes: ArchiveBytes,
  end: number,
): Promise<{ count: number; size: number; start: number; end: number } | undefined> {
  const locator = await bytes.read(Math.max(0, end - 20), end);
  if (locator.length < 20 || locator.readUInt32LE(0) !== signatures.locator64) return undefined;
  const at = Number(locator.readBigUInt64LE(8));
  const record = await bytes.read(at, at + 56);
  if (record.length < 56 || record.readUInt32LE(0) !== signatures.end64 || at + 56 !== end - 20) {
    throw new UnreadableArchive('has a damaged end record');
  }
  const numbers = [32, 40, 48].map((position) => Number(record.readBigUInt64LE(position)));
  const [count = 0, size = 0, start = 0] = numbers;
  return { count, size, start, end: at };
}

function parseDirectory(directory: Buffer, count: number): CentralEntry[] {
  const entries: CentralEntry[] = [];
  let position = 0;
  while (position + 46 <= directory.length && directory.readUInt32LE(position) === signatures.central) {
    const lengths = [28, 30, 32].map((at) => directory.readUInt16LE(position + at));
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths;
    const nameEnd = position + 46 + nameLength;
    const next = nameEnd + extraLength + commentLength;
    if (next > directory.length) break;
    entries.push(parseEntry(directory, position, nameEnd, nameEnd + extraLength));
    position = next;
  }
  if (position !== directory.length || entries.length !== count) {
    throw new UnreadableArchive('has a damaged directory');
  }
  return entries;
}

function parseEntry(directory: Buffer, position: number, nameEnd: number, extraEnd: number): CentralEntry {
  const rawName = directory.subarray(position + 46, nameEnd);
  const flags = directory.readUInt16LE(position + 8);
  const method = directory.readUInt16LE(position + 10);
  // Python cuts a name at the first null character.
  const [name = ''] = rawName.toString((flags & 0x800) === 0 ? 'latin1' : 'utf8').split('\0', 1);
  if ((flags & 0x1) !== 0) throw new UnreadableArchive(`has the encrypted entry \`${name}\``);
  if (method !== 0 && method !== 8) throw new UnreadableArchive(`has an unknown compression for \`${name}\``);
  const sizes = readSizes(directory, position, directory.subarray(nameEnd, extraEnd));
  return {
    name,
    rawName,
    method,
    flags,
    crc: directory.readUInt32LE(position + 16),
    ...sizes,
    mode: directory.readUInt32LE(position + 38) >>> 16,
  };
}

/** Returns sizes and offset, from the zip64 field where the usual one is full. */
function readSizes(
  directory: Buffer,
  position: number,
  extra: Buffer,
): { size: number; packed: number; offset: number } {
  const values = [24, 20, 42].map((at) => directory.readUInt32LE(position + at));
  let at = 0;
  while (at + 4 <= extra.length) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      let field = at + 4;
      for (const [index, value] of values.entries()) {
        if (value !== 0xffffffff) continue;
        if (field + 8 > extra.length) throw new UnreadableArchive('has a damaged directory');
        values[index] = Number(extra.readBigUInt64LE(field));
        field += 8;
      }
    }
    at += 4 + length;
  }
  const [size = 0, packed = 0, offset = 0] = values;
  return { size, packed, offset };
}

/** Returns where the data of each entry starts. Throws if local headers differ or leave space between entries. */
async function checkLayout(
  bytes: ArchiveBytes,
  entries: readonly CentralEntry[],
  directoryStart: number,
): Promise<ReadonlyMap<CentralEntry, number>> {
  const starts = new Map<CentralEntry, number>();
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  let position = 0;
  for (const entry of sorted) {
    const gap = entry.offset - position;
    if (gap !== 0) throw new UnreadableArchive('has bytes outside its entries');
    const header = await bytes.read(entry.offset, entry.offset + 30 + entry.rawName.length);
    if (header.length < 30 || header.readUInt32LE(0) !== signatures.local) {
      throw new UnreadableArchive(`has no local header for \`${entry.name}\``);
    }
    const nameLength = header.readUInt16LE(26);
    const isSame = header.subarray(30).equals(entry.rawName) && nameLength === entry.rawName.length;
    if (!isSame || header.readUInt16LE(8) !== entry.method) {
      throw new UnreadableArchive(`has two different headers for \`${entry.name}\``);
    }
    const start = entry.offset + 30 + nameLength + header.readUInt16LE(28);
    starts.set(entry, start);
    position = start + entry.packed;
    if ((entry.flags & 0x8) !== 0) position += await descriptorBytes(bytes, position, entry);
  }
  if (position !== directoryStart) throw new UnreadableArchive('has bytes outside its entries');
  return starts;
}

/** Returns the length of the record that follows the data of a streamed entry: with or without signature and 64 bits. */
async function descriptorBytes(bytes: ArchiveBytes, position: number, { crc }: CentralEntry): Promise<number> {
  const record = await bytes.read(position, position + 28);
  const signature = record.length >= 8 && record.readUInt32LE(0) === 0x08074b50 ? 4 : 0;
  if (record.length < signature + 4 || record.readUInt32LE(signature) !== crc) return 0;
  for (const length of [12, 20]) {
    const next = record.subarray(signature + length, signature + length + 2).toString('latin1');
    if (next === 'PK' || position + signature + length === bytes.size) return signature + length;
  }
  return signature + 12;
}
