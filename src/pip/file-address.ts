import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Returns the path of a `file:` URL as pip's `url_to_path` reads it, which differs from browsers: `\` is kept, `%2F` is
 * `/`, and relative paths start from the working folder. Undefined for another host, and for `..`, which is ambiguous
 * after a symbolic link.
 */
export function pathOfFileAddress(address: string, folder: string, platform = process.platform): string | undefined {
  if (platform === 'win32') return windowsPath(address);
  const [whole, host = '', encoded = ''] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(address) ?? [];
  const decoded = unquote(encoded);
  if (whole === undefined || !['', 'localhost'].includes(host) || /[\t\r\n\0]/.test(address + decoded))
    return undefined;
  return decoded.split('/').includes('..') ? undefined : path.resolve(folder, decoded);
}

/** Returns the `#subdirectory=` of a URL (PEP 508): the project's folder below its root. Undefined if there is none. */
export function subdirectoryOf(address: string): string | undefined {
  return /[#&]subdirectory=([^&]*)/.exec(address)?.[1];
}

/** Checks whether a subdirectory stays inside its root. pip also follows `..` and absolute paths. */
export function staysBelow(subdirectory: string): boolean {
  return !path.isAbsolute(subdirectory) && !subdirectory.split(/[/\\]/).includes('..');
}

/** Decodes a text as Python's `urllib.parse.unquote` does. Invalid escapes are kept. */
function unquote(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function windowsPath(address: string): string | undefined {
  try {
    return fileURLToPath(address.split('#', 1)[0] ?? '');
  } catch {
    return undefined;
  }
}
