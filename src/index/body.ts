import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AwspipError } from '../errors.ts';
import type { HttpAnswer } from './http-types.ts';

/** The content encodings that `readBody` decodes, as the value of `accept-encoding`. */
export const acceptedEncodings = 'gzip, deflate, br';

/**
 * Reads a body to its end and undoes its content encoding. The limit counts decoded bytes.
 *
 * @throws {AwspipError} `response-too-large` or `response-unreadable` (unavailable).
 */
export async function readBody({ body, headers, url }: HttpAnswer, limitBytes: number): Promise<Buffer> {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decoded = decode(body, encoding);
  if (decoded === undefined) {
    body.destroy();
    throw broken(url, `content encoding \`${encoding.slice(0, 40)}\` is not supported`);
  }
  try {
    return await collect(decoded, limitBytes, url);
  } catch (cause) {
    if (cause instanceof AwspipError) throw cause;
    throw broken(url, cause instanceof Error ? cause.message : 'the connection was lost', cause);
  } finally {
    body.destroy();
  }
}

const shortBytes = 65_536;

/** Discards a body. Reads a short one to its end, so that the connection can be reused. */
export async function discardBody({ body, headers }: HttpAnswer): Promise<void> {
  const length = headers['content-length'];
  if (length === undefined || !(Number(length) <= shortBytes)) {
    body.destroy();
    return;
  }
  try {
    for await (const _ of body);
  } catch {
    // The body is unused, so a lost connection does not matter.
  }
}

function decode(body: Readable, encoding: string): Readable | undefined {
  const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };
  if (encoding === 'identity' || encoding === '') return body;
  const make = Object.hasOwn(decoders, encoding) ? decoders[encoding as keyof typeof decoders] : undefined;
  if (make === undefined) return undefined;
  const decoder = make();
  body.on('error', (error) => decoder.destroy(error));
  return body.pipe(decoder);
}

async function collect(stream: Readable, limitBytes: number, url: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes)
      throw new AwspipError('response-too-large', `\`${url}\` sent more than ${limitBytes} bytes`, {
        exit: 'unavailable',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function broken(url: string, why: string, cause?: unknown): AwspipError {
  return new AwspipError('response-unreadable', `the response from \`${url}\` could not be read: ${why}`, {
    exit: 'unavailable',
    cause,
  });
}
