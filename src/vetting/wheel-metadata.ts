import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { MetadataDigests } from './types.ts';

/** The METADATA of one wheel, byte for byte, and the sha256 hex of the wheel. */
export type WheelMetadata = { readonly sha256: string; readonly text: Buffer };

/** The largest METADATA that is recorded, in bytes. Its item must stay below DynamoDB's 400 KB. */
export const maxMetadataBytes = 1024 * 1024;
const maxPackedLength = 300_000;

/** The limits of one release. Clients read the digests of all releases of a project. */
const maxTexts = 20;
const maxWheels = 200;

const hexDigest = /^[0-9a-f]{64}$/;

/** Returns the sha256 hex of a text. */
export function digestOfText(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Adds METADATA to the digests of a release, and returns the texts that must be recorded before them, packed. Wheels
 * with equal METADATA share one text. What exceeds a limit is left out.
 *
 * @param recorded the digests by the sha256 of the wheel
 */
export function addMetadata(
  recorded: ReadonlyMap<string, string>,
  added: readonly WheelMetadata[],
): { readonly wheels: MetadataDigests['wheels']; readonly texts: ReadonlyMap<string, string> } {
  const known = new Map(recorded);
  const digests = new Set(recorded.values());
  const texts = new Map<string, string>();
  for (const { sha256, text } of added) {
    if (known.has(sha256) || known.size >= maxWheels) continue;
    const digest = digestOfText(text);
    if (!digests.has(digest)) {
      const packed = digests.size < maxTexts ? packMetadata(text) : undefined;
      if (packed === undefined) continue;
      texts.set(digest, packed);
      digests.add(digest);
    }
    known.set(sha256, digest);
  }
  const wheelsOf = (digest: string) => [...known].flatMap(([wheel, text]) => (text === digest ? [wheel] : []));
  return { wheels: Object.fromEntries([...digests].map((digest) => [digest, wheelsOf(digest)])), texts };
}

/** Returns the digests by the sha256 of the wheel. Members that are not digests are ignored. */
export function digestsByWheel({ wheels }: { readonly wheels?: unknown }): Map<string, string> {
  const found = new Map<string, string>();
  for (const [text, digests] of Object.entries(typeof wheels === 'object' ? (wheels ?? {}) : {})) {
    if (!hexDigest.test(text) || !Array.isArray(digests)) continue;
    for (const wheel of digests) if (typeof wheel === 'string' && hexDigest.test(wheel)) found.set(wheel, text);
  }
  return found;
}

/** Returns a METADATA as base64 of gzip; undefined if it is too large to be recorded. */
function packMetadata(text: Buffer): string | undefined {
  if (text.length > maxMetadataBytes) return undefined;
  const packed = gzipSync(text, { level: 9 }).toString('base64');
  return packed.length <= maxPackedLength ? packed : undefined;
}

/** Returns the METADATA of an item; undefined unless it has this sha256. */
export function unpackMetadata(packed: unknown, sha256: string): Buffer | undefined {
  if (typeof packed !== 'string') return undefined;
  try {
    const text = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: maxMetadataBytes });
    return digestOfText(text) === sha256 ? text : undefined;
  } catch {
    return undefined;
  }
}
