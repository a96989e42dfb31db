import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path that pip takes from a `file:` address (its `url_to_path`, which is not how browsers read it: `\` stays what
 * it is, `%2F` is a `/`, and what is relative starts from the working folder). Undefined where it cannot be told for
 * certain: another host, and a `..`, which leads elsewhere when a link stands before it.
 */
export function pathOfFileAddress(address: string, folder: string, platform = process.platform): string | undefined {
  if (platform === 'win32') return windowsPath(address);
  const [whole, host = '', encoded = ''] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(address) ?? [];
  const decoded = unquote(encoded);
  if (whole === undefined || !['', 'localhost'].includes(host) || /[\t\r\n\0]/.test(address + decoded))
    return undefined;
  return decoded.split('/').includes('..') ? undefined : path.resolve(folder, decoded);
}

/** `#subdirectory=` (PEP 508): where below its root a project lies; undefined when nothing says so. */
export function subdirectoryOf(address: string): string | undefined {
  return /[#&]subdirectory=([^&]*)/.exec(address)?.[1];
}

/** Checks whether a subdirectory lies below the root it is counted from: pip follows `..` and whole paths, too. */
export function staysBelow(subdirectory: string): boolean {
  return !path.isAbsolute(subdirectory) && !subdirectory.split(/[/\\]/).includes('..');
}

/** Python's `urllib.parse.unquote`: what is no escape stays. */
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
