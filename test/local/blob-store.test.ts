import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobStore } from '../../src/local/packages/blob-store.ts';
import { sha256 } from './support/public-index.ts';
import { temporaryFolder } from './support/stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the blob store', () => {
  const bytes = Buffer.from('0123456789');
  const digest = sha256(bytes);
  const collect = (source: AsyncIterable<Uint8Array>): Promise<string> => text(Readable.from(source));

  it('reads a file while it is downloaded, and returns the last byte after its digest is verified', async () => {
    const blobs = await blobStore(folder);
    const stream = new Readable({ read: () => undefined });
    const blob = await blobs.open(digest, {}, async () => ({ stream, size: 10 }));
    const reader = blob.read()[Symbol.asyncIterator]();
    stream.push(bytes.subarray(0, 5));
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe('0123');
    stream.push(bytes.subarray(5));
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe('45678');
    stream.push(null);
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe('9');
    expect((await reader.next()).done).toBe(true);
    expect(await blob.complete).toEqual({ sha256: digest, size: 10 });
  });

  it('returns no complete file with a wrong digest, and does not store it', async () => {
    const blobs = await blobStore(folder);
    const source = async () => ({ stream: Readable.from([Buffer.from('9876543210')]) });
    const blob = await blobs.open(digest, {}, source);
    await expect(collect(blob.read())).rejects.toThrow();
    await expect(blob.complete).rejects.toThrow('sha256');
    const second = await blobs.open(digest, {}, async () => ({ stream: Readable.from([bytes]) }));
    expect(await collect(second.read(2, 4))).toBe('234');
    await second.complete;
  });

  it('checks every known digest', async () => {
    const blobs = await blobStore(folder);
    const source = async () => ({ stream: Readable.from([bytes]) });
    await expect(blobs.add({ md5: '0'.repeat(32) }, source)).rejects.toThrow('md5');
    expect(await blobs.add({ unheardof: 'x' }, source)).toEqual({ sha256: digest, size: 10 });
  });

  it('removes partial downloads of a killed process when it opens', async () => {
    await mkdir(join(folder, 'drafts'));
    await writeFile(join(folder, 'drafts', 'half'), '0123');
    const blobs = await blobStore(folder);
    expect(await readdir(join(folder, 'drafts'))).toEqual([]);
    const blob = await blobs.open(digest, {}, async () => ({ stream: Readable.from([bytes]) }));
    await blob.complete;
    expect(await readFile(join(folder, digest.slice(0, 2), digest), 'utf8')).toBe('0123456789');
  });

  it('accepts an empty file', async () => {
    const blobs = await blobStore(folder);
    const blob = await blobs.open(sha256(''), {}, async () => ({ stream: Readable.from([]), size: 0 }));
    expect(await collect(blob.read())).toBe('');
  });
});
