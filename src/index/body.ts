import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AwspipError } from '../errors.ts';
import { networkHint } from '../network-hint.ts';
import { laterHint, reasonOf } from './connection-error.ts';
import { withoutCredentials } from './dispatchers.ts';
import type { HttpResponse } from './http-types.ts';
import { SlowResponseError } from './minimum-progress.ts';

/** The content encodings that `readBody` decodes, as the value of `accept-encoding`. */
export const acceptedEncodings = 'gzip, deflate, br';

/** The time in which a document must arrive completely, in milliseconds. Large files are read as streams. */
const documentMilliseconds = 120_000;

/**
 * Reads a body to its end and undoes its content encoding. The limit counts decoded bytes.
 *
 * @throws {AwspipError} `response-too-large` or `response-unreadable` (unavailable).
 */
export async function readBody(
  { body, headers, url }: HttpResponse,
  limitBytes: number,
  limitMilliseconds = documentMilliseconds,
): Promise<Buffer> {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decoded = decode(body, encoding);
  if (decoded === undefined) {
    body.destroy();
    throw unreadableBody(url, `content encoding \`${encoding.slice(0, 40)}\` is not supported`);
  }
  const timer = setTimeout(() => {
    body.destroy(new SlowResponseError(`the complete response did not arrive within ${limitMilliseconds / 1_000} s`));
  }, limitMilliseconds);
  try {
    return await collect(decoded, limitBytes, url);
  } catch (cause) {
    if (cause instanceof AwspipError) throw cause;
    throw unreadableBody(url, reasonOf(cause), cause);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

const maxDrainedBytes = 65_536;
/** A new connection costs less than a longer wait for the rest of an unused body. */
const drainMilliseconds = 2_000;

/** Discards a body. Reads a short one to its end, so that the connection can be reused. */
export async function discardBody({ body, headers }: HttpResponse): Promise<void> {
  const length = headers['content-length'];
  if (length === undefined || !(Number(length) <= maxDrainedBytes)) {
    body.destroy();
    return;
  }
  const timer = setTimeout(() => body.destroy(), drainMilliseconds);
  try {
    for await (const _ of body);
  } catch {
    // The body is unused, so a lost connection does not matter.
  } finally {
    clearTimeout(timer);
  }
}

function decode(body: Readable, encoding: string): Readable | undefined {
  const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };
  if (encoding === 'identity' || encoding === '') return body;
  const createDecoder = Object.hasOwn(decoders, encoding) ? decoders[encoding as keyof typeof decoders] : undefined;
  if (createDecoder === undefined) return undefined;
  const decoder = createDecoder();
  body.on('error', (error) => decoder.destroy(error));
  return body.pipe(decoder);
}

async function collect(stream: Readable, limitBytes: number, url: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes)
      throw new AwspipError('response-too-large', `\`${withoutCredentials(url)}\` sent more than ${limitBytes} bytes`, {
        exit: 'unavailable',
        hint: 'check that the URL is right; awspip reads no larger response',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unreadableBody(url: string, reason: string, cause?: unknown): AwspipError {
  return new AwspipError(
    'response-unreadable',
    `the response from \`${withoutCredentials(url)}\` could not be read: ${reason}`,
    {
      exit: 'unavailable',
      hint: networkHint(cause) ?? laterHint,
      cause,
    },
  );
}
