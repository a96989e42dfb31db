import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** Destroys the stream when the bytes do not match the listed digest. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';
  readonly actual: string;

  constructor(actual: string) {
    super(`sha256 is ${actual}`);
    this.actual = actual;
  }
}

/**
 * Returns a stream that forwards bytes one chunk late and hashes them. It forwards the last chunk only if the sha256
 * matches. A reader therefore never gets a complete file with a wrong digest.
 */
export function digestGate(sha256: string): Transform {
  const hash = createHash('sha256');
  let pendingChunk: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      hash.update(chunk);
      const complete = pendingChunk;
      pendingChunk = chunk;
      callback(null, complete);
    },
    flush(callback) {
      const actual = hash.digest('hex');
      if (actual === sha256) callback(null, pendingChunk);
      else callback(new DigestMismatch(actual));
    },
  });
}
