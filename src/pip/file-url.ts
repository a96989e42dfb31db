import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Returns the path of a `file:` URL as pip's `url_to_path` reads it. Unlike browsers, it keeps `\`, decodes `%2F`, and
 * resolves relative paths from the working folder. Undefined for another host, and for `..`, which is ambiguous after a
 * symbolic link.
 */
export function pathOfFileUrl(url: string, folder: string, platform = process.platform): string | undefined {
  if (platform === 'win32') return windowsPath(url);
  const [match, host = '', encoded = ''] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(url) ?? [];
  const decoded = unquote(encoded);
  if (match === undefined || !['', 'localhost'].includes(host) || /[\t\r\n\0]/.test(url + decoded)) return undefined;
  return decoded.split('/').includes('..') ? undefined : path.resolve(folder, decoded);
}

/** Returns the `#subdirectory=` of a URL (PEP 508): the project's folder below its root. Undefined if there is none. */
export function subdirectoryOf(url: string): string | undefined {
  return /[#&]subdirectory=([^&]*)/.exec(url)?.[1];
}

/** Checks whether a subdirectory stays inside its root. pip also follows `..` and absolute paths. */
export function isBelowRoot(subdirectory: string): boolean {
  return !path.isAbsolute(subdirectory) && !subdirectory.split(/[/\\]/).includes('..');
}

/** Decodes a text as Python's `urllib.parse.unquote` does. Invalid escapes are kept. */
function unquote(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function windowsPath(url: string): string | undefined {
  try {
    return fileURLToPath(url.split('#', 1)[0] ?? '');
  } catch {
    return undefined;
  }
}
