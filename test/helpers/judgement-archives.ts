import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** One file of a case: text or base64, and for a tar also the type of the entry and the target of a link. */
export type CaseFile = {
  readonly path: string;
  readonly text?: string;
  readonly base64?: string;
  /** Type flag of a tar entry, or its name. */
  readonly type?: string;
  readonly linkname?: string;
  /** Whether the entry is at the root of the archive. */
  readonly abs?: boolean;
};

export type JudgementCase = {
  readonly id: string;
  readonly label: string;
  readonly archive: 'sdist' | 'wheel';
  readonly expect: 'hold' | 'pass';
  readonly files: readonly CaseFile[];
};

/** Returns the distribution file of a case. */
export function caseArchive({ archive, files }: JudgementCase): {
  readonly filename: string;
  readonly content: Buffer;
} {
  if (archive === 'wheel') return { filename: 'sample-9.9-py3-none-any.whl', content: zip(withMetadata(files)) };
  const entries = files.map((file) => ({ ...file, path: file.abs === true ? file.path : `sample-9.9/${file.path}` }));
  return { filename: 'sample-9.9.tar.gz', content: tarGz(entries) };
}

function withMetadata(files: readonly CaseFile[]): readonly CaseFile[] {
  return [
    ...files,
    { path: 'sample-9.9.dist-info/METADATA', text: 'Metadata-Version: 2.1\nName: sample\nVersion: 9.9\n' },
    { path: 'sample-9.9.dist-info/WHEEL', text: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n' },
    { path: 'sample-9.9.dist-info/RECORD', text: '' },
  ];
}

const contentOf = ({ text, base64 }: CaseFile): Buffer =>
  base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');

const types: Readonly<Record<string, string>> = {
  file: '0',
  link: '1',
  hardlink: '1',
  symlink: '2',
  sym: '2',
  dir: '5',
};

/** Returns an uncompressed tar. */
export function tar(files: readonly CaseFile[]): Buffer {
  const blocks = files.flatMap((file) => {
    const type = types[file.type ?? ''] ?? file.type ?? '0';
    const content = type === '1' || type === '2' || type === '5' ? Buffer.alloc(0) : contentOf(file);
    return [
      header(file.path, type, content.length, file.linkname ?? ''),
      content,
      Buffer.alloc((512 - (content.length % 512)) % 512),
    ];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGz = (files: readonly CaseFile[]): Buffer => gzipSync(tar(files));

function header(path: string, type: string, size: number, target: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(path.slice(0, 100), 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(target.slice(0, 100), 157);
  block.write('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Returns a zip with deflated entries. */
export function zip(files: readonly CaseFile[], deflate: (content: Buffer) => Buffer = deflateRawSync): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const content = contentOf(file);
    const packed = deflate(content);
    const name = Buffer.from(file.path);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
