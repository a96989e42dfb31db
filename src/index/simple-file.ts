import { isPlainFilename } from './filename.ts';
import type { IndexFile } from './types.ts';

/** The fields of a file on a JSON or HTML page, before validation. */
export type ListedFile = {
  readonly href: string;
  /** Absent in HTML, where the last part of the link is the name. */
  readonly filename?: string | undefined;
  readonly hashes?: Readonly<Record<string, unknown>> | undefined;
  readonly requiresPython?: unknown;
  readonly yanked?: unknown;
  readonly size?: unknown;
  readonly uploadTime?: unknown;
  /** `true`, digests by algorithm (JSON), or `sha256=…` (HTML). */
  readonly coreMetadata?: unknown;
};

const maxUrlLength = 8192;
const maxTextLength = 2048;
const digestLengths: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake2b: 128,
  blake2s: 64,
};

/** The largest page of links that is known, PyTorch's, lists about 40,000 files. 200,000 take about 150 MB of memory. */
const maxFiles = 200_000;

/** Thrown for a page that lists more files than any index. */
export class TooManyFiles extends Error {
  override readonly name = 'TooManyFiles';
}

/** Adds a usable file to those of a page. @throws {TooManyFiles} */
export function addFile(files: IndexFile[], file: IndexFile | undefined): void {
  if (file === undefined) return;
  if (files.length === maxFiles) throw new TooManyFiles(`it lists more than ${maxFiles} files`);
  files.push(file);
}

/** Validates an entry of a page; undefined when it is unusable. Links are relative to `base`. */
export function indexFile(entry: ListedFile, base: string): IndexFile | undefined {
  if (entry.href.length > maxUrlLength || !URL.canParse(entry.href, base)) return undefined;
  const url = new URL(entry.href, base);
  const fragment = url.hash.slice(1);
  url.hash = '';
  const filename = entry.filename ?? lastPart(url);
  if (filename === undefined || !isPlainFilename(filename) || !isAllowedLink(base, url)) return undefined;
  return {
    filename,
    url: url.href,
    hashes: { ...(fragment !== '' && fragmentDigest(fragment)), ...validDigests(entry.hashes) },
    requiresPython: limitedText(entry.requiresPython),
    yanked: typeof entry.yanked === 'string' ? entry.yanked.slice(0, maxTextLength) || true : entry.yanked === true,
    size:
      typeof entry.size === 'number' && Number.isSafeInteger(entry.size) && entry.size >= 0 ? entry.size : undefined,
    uploadTime: parseTime(entry.uploadTime),
    coreMetadata: parseCoreMetadata(entry.coreMetadata),
  };
}

function lastPart({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1)) || undefined;
  } catch {
    return undefined;
  }
}

/** Checks whether a page may link to a URL. A remote page must not make awspip read local files. */
function isAllowedLink(base: string, { protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:' || (protocol === 'file:' && base.startsWith('file:'));
}

function limitedText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxTextLength ? value : undefined;
}

/** Reads the digests in a URL fragment, such as `sha256=<hex>` (PEP 503). The fragment may contain other parts. */
function fragmentDigest(fragment: string): Record<string, string> {
  return validDigests(Object.fromEntries(fragment.split('&').map((part) => part.split('=', 2))));
}

function validDigests(values: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const [algorithm, digest] of Object.entries(values ?? {})) {
    const name = algorithm.toLowerCase();
    if (!Object.hasOwn(digestLengths, name) || typeof digest !== 'string') continue;
    if (digest.length === digestLengths[name] && /^[0-9a-f]+$/i.test(digest)) parsed[name] = digest.toLowerCase();
  }
  return parsed;
}

function parseTime(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}

function parseCoreMetadata(value: unknown): IndexFile['coreMetadata'] {
  if (typeof value === 'object' && value !== null) {
    const parsed = validDigests(value as Record<string, unknown>);
    return Object.keys(parsed).length > 0 ? parsed : true;
  }
  if (typeof value !== 'string') return value === true ? true : undefined;
  const parsed = fragmentDigest(value);
  if (Object.keys(parsed).length > 0) return parsed;
  return value.trim().toLowerCase() === 'true' ? true : undefined;
}
