import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestGate } from '../../src/relay/digest-gate.ts';

async function passThrough(chunks: readonly Uint8Array[], sha256: string): Promise<{ bytes: Buffer; failed: boolean }> {
  const received: Buffer[] = [];
  try {
    await pipeline(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), digestGate(sha256), async (stream) => {
      for await (const chunk of stream) received.push(chunk as Buffer);
    });
    return { bytes: Buffer.concat(received), failed: false };
  } catch {
    return { bytes: Buffer.concat(received), failed: true };
  }
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const chunkArrays = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });

test('bytes with the right digest pass unchanged, in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(chunkArrays, async (chunks) => {
      const whole = Buffer.concat(chunks);
      const { bytes, failed } = await passThrough(chunks, digest(whole));
      expect(failed).toBe(false);
      expect(bytes.equals(whole)).toBe(true);
    }),
  );
});

test('bytes with a wrong digest never pass completely', async () => {
  await fc.assert(
    fc.asyncProperty(chunkArrays, async (chunks) => {
      const whole = Buffer.concat(chunks);
      const { bytes, failed } = await passThrough(chunks, digest(Buffer.concat([whole, Buffer.from('x')])));
      expect(failed).toBe(true);
      if (whole.length > 0) expect(bytes.length).toBeLessThan(whole.length);
    }),
  );
});
