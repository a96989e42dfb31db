/** Python source as text with `\n` line ends, or why it is not readable. */
export type DecodedSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string };

const cookie = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const blank = /^[ \t\f]*(?:#.*)?$/;

/** Python's names of encodings that `TextDecoder` spells differently. */
const aliases: Readonly<Record<string, string>> = {
  'latin-1': 'latin1',
  'iso-latin-1': 'latin1',
  'iso8859-1': 'latin1',
  l1: 'latin1',
  ascii: 'utf-8',
  'us-ascii': 'utf-8',
  '646': 'utf-8',
  u8: 'utf-8',
  utf: 'utf-8',
  'utf-8-sig': 'utf-8',
};
/** Encodings in which text stands for itself. Any other, such as `unicode_escape`, may hide line ends in a comment. */
const plainEncodings =
  /^(?:utf-?8|latin1|iso-?8859-\d{1,2}|(?:cp|windows-?)125\d|cp(?:866|874|932|936|949|950)|koi8-[ru]|gbk|gb2312|gb18030|big5(?:-hkscs)?|euc-(?:jp|kr)|shift-jis|sjis|macintosh|mac-roman|tis-620)$/;

/**
 * Decodes Python source by its byte order mark and its encoding declaration
 * (https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations).
 */
export function decodeSource(bytes: Uint8Array): DecodedSource {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4_096)).toString('latin1');
  const [first = '', second = ''] = (hasMark ? start.slice(3) : start).split(/\r\n|\r|\n/, 2);
  const declared = cookie.exec(first)?.[1] ?? (blank.test(first) ? cookie.exec(second)?.[1] : undefined);
  const name = (declared ?? 'utf-8').toLowerCase().replaceAll('_', '-');
  const encoding = aliases[name] ?? name;
  if (!plainEncodings.test(encoding))
    return { kind: 'unreadable', why: `the encoding ${(declared ?? '').slice(0, 60)}` };
  try {
    const label = encoding
      .replace(/^cp(?=125|866)/, 'windows-')
      .replace('windows-866', 'ibm866')
      .replace('shift-jis', 'shift_jis');
    const text = new TextDecoder(label, { fatal: true }).decode(bytes);
    if (text.includes('\0')) return { kind: 'unreadable', why: 'null characters' };
    return { kind: 'text', text: text.replace(/\r\n?/g, '\n').replaceAll('\f', ' ') };
  } catch {
    return { kind: 'unreadable', why: `bytes that are not ${encoding}` };
  }
}
