import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { hole, isText, text, type Values } from './values.ts';

const maxLength = 4 * 1024 * 1024;

/** Returns the bytes of a text whose characters stand for one byte each. */
export const bytesOf = (value: string): Buffer => Buffer.from(value, 'latin1');
const decoded = (bytes: Buffer): Values => [text(bytes.toString('latin1'), true, true)];

/** Returns the result of a decoding function of the standard library; undefined for any other function. */
export function foldDecoder(name: string, args: readonly Values[]): Values | undefined {
  if (!decoders.test(name)) return undefined;
  const [first] = args[0] ?? [];
  if (!isText(first) || first.text.includes(hole) || args[0]?.length !== 1)
    return [{ kind: 'unknown', origin: 'decoded' }];
  try {
    const codec = args[1]?.[0];
    return decode(name, first.text, isText(codec) ? codec.text : undefined) ?? [{ kind: 'unknown', origin: 'decoded' }];
  } catch {
    return [{ kind: 'unknown', origin: 'decoded' }];
  }
}

/** Functions that return other data than they get, in a way that hides it. */
const decoders =
  /^(?:base64\.\w*(?:decode|decodebytes|decodestring)|(?:_?codecs)\.(?:decode|getdecoder|escape_decode|lookup)|binascii\.(?:unhexlify|a2b_\w+)|(?:zlib|gzip|bz2|lzma|brotli|zstandard|compression\.\w+)\.decompress|quopri\.decodestring|uu\.decode|urllib\.parse\.unquote(?:_to_bytes|_plus)?|html\.unescape|builtins\.(?:bytes|bytearray)\.fromhex|bytes\.fromhex)$/;

/** Decoders whose result only differs in a few characters, so that it hides nothing. */
function decode(name: string, data: string, codec: string | undefined): Values | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (name.startsWith('base64.')) return decodeBase(last, data);
  if (/fromhex|unhexlify|a2b_hex/.test(last)) return decoded(Buffer.from(data.replace(/\s/g, ''), 'hex'));
  if (last === 'a2b_base64') return decoded(Buffer.from(data, 'base64'));
  if (last === 'decompress') return decompress(name, bytesOf(data));
  if (/^unquote/.test(last)) return [text(decodeURIComponent(data), false, true)];
  if (name.endsWith('codecs.decode')) return decodeByCodec(data, codec ?? 'utf-8');
  return undefined;
}

function decodeBase(name: string, data: string): Values | undefined {
  if (/^(?:standard_|urlsafe_)?b64decode$|^decodebytes$|^decodestring$/.test(name)) {
    return decoded(Buffer.from(data.replaceAll('-', '+').replaceAll('_', '/'), 'base64'));
  }
  if (name === 'b16decode') return decoded(Buffer.from(data, 'hex'));
  if (name === 'b32decode') return decoded(decodeBase32(data));
  if (name === 'b85decode') return decoded(decodeBase85(data, alphabet85));
  if (name === 'a85decode') return decoded(decodeBase85(data.replace(/\s/g, ''), ascii85));
  return undefined;
}

const printable = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => String.fromCharCode(from + index)).join('');
const ascii85 = printable(33, 118);
const alphabet85 = `${printable(48, 58)}${printable(65, 91)}${printable(97, 123)}!#$%&()*+-;<=>?@^_\`{|}~`;

function decodeBase85(data: string, alphabet: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < data.length; at += 5) {
    const group = data.slice(at, at + 5);
    let value = 0;
    for (const character of group.padEnd(5, alphabet.at(-1))) value = value * 85 + alphabet.indexOf(character);
    const block = [value >>> 24, value >>> 16, value >>> 8, value].map((part) => part & 0xff);
    bytes.push(...block.slice(0, group.length - 1));
  }
  return Buffer.from(bytes);
}

function decodeBase32(data: string): Buffer {
  const bytes: number[] = [];
  let [bits, length] = [0, 0];
  for (const character of data.toUpperCase().replace(/=+$/, '')) {
    bits = ((bits << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character)) & 0xffff;
    length += 5;
    if (length >= 8) {
      length -= 8;
      bytes.push((bits >> length) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

function decompress(name: string, bytes: Buffer): Values | undefined {
  const limit = { maxOutputLength: maxLength };
  if (name.startsWith('gzip')) return decoded(gunzipSync(bytes, limit));
  if (name.startsWith('brotli')) return decoded(brotliDecompressSync(bytes, limit));
  if (!name.startsWith('zlib')) return undefined;
  try {
    return decoded(inflateSync(bytes, limit));
  } catch {
    return decoded(inflateRawSync(bytes, limit));
  }
}

/** Decodes text by a codec of the standard library; undefined for one that isn't known. */
export function decodeByCodec(data: string, codec: string): Values | undefined {
  const name = codec
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/_?codec$/, '');
  if (/^rot_?13$/.test(name)) {
    const rotated = data.replace(/[a-z]/gi, (letter) => {
      const base = letter <= 'Z' ? 65 : 97;
      return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
    });
    return [text(rotated, false, true)];
  }
  if (/^(?:hex|base16)$/.test(name)) return decoded(Buffer.from(data, 'hex'));
  if (/^base_?64$/.test(name)) return decoded(Buffer.from(data, 'base64'));
  if (/^(?:zip|zlib)$/.test(name)) return decompress('zlib', bytesOf(data));
  if (/^utf_?8(?:_sig)?$/.test(name)) return [text(bytesOf(data).toString('utf8'))];
  if (/^(?:ascii|latin_?1|iso_?8859_1|cp\d+)$/.test(name)) return [text(data)];
  return undefined;
}
