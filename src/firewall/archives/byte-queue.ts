import { UnreadableArchive } from './archive-limits.ts';

/** Reads a stream by lengths. */
export type ByteQueue = {
  /** Returns the next bytes; fewer only at the end of the stream. */
  readonly take: (length: number) => Promise<Buffer>;
  /** Returns exactly the next bytes. */
  readonly takeAll: (length: number) => Promise<Buffer>;
  readonly skip: (length: number) => Promise<void>;
  /** Returns the next bytes in any length; undefined at the end of the stream. */
  readonly next: () => Promise<Buffer | undefined>;
};

/** Opens a queue that throws `UnreadableArchive` after `limit` bytes, or if the stream ends within `takeAll` or `skip`. */
export function byteQueue(stream: AsyncIterable<Uint8Array>, limit: number): ByteQueue {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let passed = 0;
  const next = async (): Promise<Buffer | undefined> => {
    if (rest.length > 0) {
      const bytes = rest;
      rest = Buffer.alloc(0);
      return bytes;
    }
    const { value, done } = await iterator.next();
    if (done === true) return undefined;
    passed += value.length;
    if (passed > limit) throw new UnreadableArchive('decompresses to too many bytes');
    return value as Buffer;
  };
  const pass = async (length: number, use: (bytes: Buffer) => void): Promise<number> => {
    let missing = length;
    while (missing > 0) {
      const bytes = await next();
      if (bytes === undefined) break;
      use(bytes.subarray(0, missing));
      rest = bytes.subarray(Math.min(missing, bytes.length));
      missing -= Math.min(missing, bytes.length);
    }
    return length - missing;
  };
  const take = async (length: number): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    await pass(length, (bytes) => chunks.push(bytes));
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  };
  const complete = (passedBytes: number, length: number): void => {
    if (passedBytes !== length) throw new UnreadableArchive('ends within an entry');
  };
  return {
    take,
    next,
    takeAll: async (length) => {
      const bytes = await take(length);
      complete(bytes.length, length);
      return bytes;
    },
    skip: async (length) => complete(await pass(length, () => undefined), length),
  };
}
