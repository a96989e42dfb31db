import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** Thrown into the stream when the bytes are not those listed. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';
  readonly actual: string;

  constructor(actual: string) {
    super(`sha256 is ${actual}`);
    this.actual = actual;
  }
}

/**
 * Passes bytes on while hashing them, one chunk late: the last one leaves only when the sha256 is right. So a reader
 * never holds a whole wrong file, whatever it does about a connection that breaks.
 */
export function digestGate(sha256: string): Transform {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const ready = held;
      held = chunk;
      done(null, ready);
    },
    flush(done) {
      const actual = hash.digest('hex');
      if (actual === sha256) done(null, held);
      else done(new DigestMismatch(actual));
    },
  });
}
