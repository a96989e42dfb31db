import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';

/** The target of a request to the relay. */
export type Route =
  | { readonly kind: 'page'; readonly name: ProjectName }
  /** `digest` is the first 16 hex digits of the file's sha256. */
  | { readonly kind: 'file'; readonly digest: string; readonly filename: string }
  /** The METADATA of a file (PEP 658). */
  | { readonly kind: 'metadata'; readonly digest: string; readonly filename: string }
  /** Another host, as `host` or `host:port`. */
  | { readonly kind: 'other-host'; readonly host: string }
  /** Not a proxy request (origin-form): sent by a browser or by mistake, never by pip. */
  | { readonly kind: 'not-proxied' }
  | { readonly kind: 'unknown' };

const pagePath = /^\/simple\/([^/]+)\/$/;
const filePath = /^\/files\/([0-9a-f]{16})\/([^/]+)$/;
const metadataSuffix = '.metadata';
const authorityPattern = /^[A-Za-z0-9._:[\]-]{1,255}$/;

/**
 * Parses a request target. Only the absolute form (RFC 9112, 3.2.2) is a proxy request. A web page that finds the port
 * cannot send it.
 */
export function parseTarget(target: string, host: string): Route {
  if (!/^https?:\/\//i.test(target)) return { kind: 'not-proxied' };
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined) return { kind: 'unknown' };
  if (url.protocol !== 'http:' || url.host !== host) return { kind: 'other-host', host: url.host };
  return routePath(url.pathname);
}

function routePath(path: string): Route {
  const page = pagePath.exec(path)?.[1];
  if (page !== undefined) {
    const name = decodePart(page);
    return name !== undefined && isProjectName(name)
      ? { kind: 'page', name: normaliseName(name) }
      : { kind: 'unknown' };
  }
  const [, digest, encodedFilename] = filePath.exec(path) ?? [];
  const filename = encodedFilename === undefined ? undefined : decodePart(encodedFilename);
  if (digest === undefined || filename === undefined) return { kind: 'unknown' };
  return filename.endsWith(metadataSuffix)
    ? { kind: 'metadata', digest, filename: filename.slice(0, -metadataSuffix.length) }
    : { kind: 'file', digest, filename };
}

/** Returns the host of a CONNECT request in a form that is safe to print. */
export function connectHost(target: string): string {
  return authorityPattern.test(target) ? target : '(unreadable host)';
}

/** Returns the relay's link to a file, relative to its project's page. */
export function fileLink(sha256: string, filename: string): string {
  return `../../files/${sha256.slice(0, 16)}/${encodeURIComponent(filename)}`;
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
