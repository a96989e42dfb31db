import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';

/** What a request line asks of the relay. */
export type Route =
  | { readonly kind: 'page'; readonly name: ProjectName }
  /** `digest`: the first 16 hex of the file's sha256. */
  | { readonly kind: 'file'; readonly digest: string; readonly filename: string }
  /** Another host, as `host` or `host:port`. */
  | { readonly kind: 'other-host'; readonly host: string }
  /** Not a proxy's request (origin-form): a browser or a mistake, never pip. */
  | { readonly kind: 'not-proxied' }
  | { readonly kind: 'unknown' };

const pagePath = /^\/simple\/([^/]+)\/$/;
const filePath = /^\/files\/([0-9a-f]{16})\/([^/]+)$/;
const authority = /^[A-Za-z0-9._:[\]-]{1,255}$/;

/**
 * Reads a request's target. Only the absolute form (RFC 9112 §3.2.2) is a proxy's; a web page that finds the port
 * cannot send it.
 */
export function route(target: string, host: string): Route {
  if (!/^https?:\/\//i.test(target)) return { kind: 'not-proxied' };
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined) return { kind: 'unknown' };
  if (url.protocol !== 'http:' || url.host !== host) return { kind: 'other-host', host: url.host };
  return routePath(url.pathname);
}

function routePath(path: string): Route {
  const page = pagePath.exec(path)?.[1];
  if (page !== undefined) {
    const name = decode(page);
    return name !== undefined && isProjectName(name)
      ? { kind: 'page', name: normaliseName(name) }
      : { kind: 'unknown' };
  }
  const [, digest, encoded] = filePath.exec(path) ?? [];
  const filename = encoded === undefined ? undefined : decode(encoded);
  return digest !== undefined && filename !== undefined ? { kind: 'file', digest, filename } : { kind: 'unknown' };
}

/** The host that a CONNECT asks for, fit to be shown. */
export function connectHost(target: string): string {
  return authority.test(target) ? target : '(unreadable host)';
}

/** Where the relay serves a file, relative to its project's page. */
export function fileLink(sha256: string, filename: string): string {
  return `../../files/${sha256.slice(0, 16)}/${encodeURIComponent(filename)}`;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
