import type { Readable } from 'node:stream';

const maxDrainedBytes = 64 * 1024;

/** Discards a body. Reads a short one to its end, so that its connection can be reused. */
export function discard({ body }: { readonly body: Readable }): void {
  let size = 0;
  body.on('error', () => {});
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxDrainedBytes) body.destroy();
  });
}
