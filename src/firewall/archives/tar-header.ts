import { UnreadableArchive } from './archive-limits.ts';

export type TarHeader = {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly target: string;
};

/**
 * Parses a header block as Python's `tarfile.TarInfo.frombuf` does.
 *
 * @throws {UnreadableArchive} for a wrong checksum or number, where `tarfile` silently stops reading.
 */
export function parseHeader(block: Buffer): TarHeader {
  const sum = parseNumber(block.subarray(148, 156));
  let [unsigned, signed] = [256, 256];
  for (const [index, byte] of block.entries()) {
    if (index >= 148 && index < 156) continue;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  if (sum !== unsigned && sum !== signed) throw new UnreadableArchive('has a damaged header');
  const type = String.fromCharCode(block[156] ?? 0);
  const name = text(block.subarray(0, 100));
  const prefix = text(block.subarray(345, 500));
  const size = parseNumber(block.subarray(124, 136));
  if (size < 0) throw new UnreadableArchive('has a damaged header');
  return {
    name: prefix !== '' && !'LKS'.includes(type) ? `${prefix}/${name}` : name,
    type,
    size,
    target: text(block.subarray(157, 257)),
  };
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? field.length : end).toString('utf8');
}

/** Parses an octal number, or one in base 256 (GNU). */
function parseNumber(field: Buffer): number {
  const [first = 0] = field;
  if (first === 0o200 || first === 0o377) {
    let value = 0n;
    for (const byte of field.subarray(1)) value = (value << 8n) + BigInt(byte);
    if (first === 0o377) value -= 1n << BigInt(8 * (field.length - 1));
    return Number(value);
  }
  const digits = text(field).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new UnreadableArchive('has a damaged header');
  return Number.parseInt(digits, 8);
}

/** Parses the records of an extended header: `length key=value\n`, where the length counts the whole record. */
export function parsePax(content: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let position = 0;
  while (position < content.length && content[position] !== 0) {
    const space = content.indexOf(0x20, position);
    const length = space === -1 ? Number.NaN : Number(content.subarray(position, space).toString('latin1'));
    const end = position + length;
    const record = content.subarray(space + 1, end - 1).toString('utf8');
    const equals = record.indexOf('=');
    if (!Number.isSafeInteger(length) || end > content.length || end <= space || equals < 1) {
      throw new UnreadableArchive('has a damaged header');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1));
    position = end;
  }
  return records;
}
