import type { Readable } from 'node:stream';

const max = 64 * 1024;

/** Lets go of a body nobody wants: a short one is read to its end, so that its connection can serve again. */
export function discard({ body }: { readonly body: Readable }): void {
  let size = 0;
  body.on('error', () => {});
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > max) body.destroy();
  });
}
