import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shlexSplit, splitLines, strip } from '../../src/pip/python-text.ts';
import { type RequirementsFile, readRequirementsFile } from '../../src/pip/requirements-file.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

async function read(
  files: Files,
  { file = 'a.txt', constraint = false, variables = {} } = {},
): Promise<RequirementsFile> {
  const ports = {
    folder: '/work',
    variables,
    read: async (name: string) => {
      const content = files[path.normalize(name).replace('/work/', '')];
      if (content === undefined) throw new Error('absent');
      return Buffer.from(content as string);
    },
  };
  return readRequirementsFile(file, ports, { constraint });
}

const [a = '', b = ''] = ['A', 'B'].map((name) => `$\{${name}}`);
const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

describe('a requirements file', () => {
  test('has its requirements as written, without hashes, comments and blank lines, with their positions', async () => {
    const content = [
      '# pinned',
      '',
      'requests [socks]>=2 ; python_version > "3"  # why',
      'six==1.17.0 \\',
      '    --hash=sha256:00 \\',
      '    --hash=sha256:11',
      'https://host/x.whl#egg=x',
    ].join('\n');
    const { requirements, problems } = await read({ 'a.txt': content });
    expect(requirements).toEqual([
      { file: 'a.txt', line: 3, text: 'requests [socks]>=2 ; python_version > "3"' },
      { file: 'a.txt', line: 4, text: 'six==1.17.0' },
      { file: 'a.txt', line: 7, text: 'https://host/x.whl#egg=x' },
    ]);
    expect(problems).toEqual([]);
  });

  test('includes others by absolute path, with their index options', async () => {
    const parsed = await read({
      'a.txt': '-r sub/b.txt',
      'sub/b.txt': '-r /elsewhere/c.txt\n-c /elsewhere/d.txt',
      '/elsewhere/c.txt': 'six\n--index-url https://evil/simple',
      '/elsewhere/d.txt': 'six<2',
    });
    expect(texts(parsed.requirements)).toEqual(['six']);
    expect(texts(parsed.constraints)).toEqual(['six<2']);
    expect(parsed.options).toMatchObject([{ name: '--index-url', file: '/elsewhere/c.txt' }]);
    expect(parsed.problems).toEqual([]);
  });

  test('includes others relative to its folder; a constraints file can include requirements with -r', async () => {
    const parsed = await read({
      'a.txt': '-r sub/b.txt\n-c sub/c.txt\nlast',
      'sub/b.txt': 'first\n-r ../d.txt',
      'd.txt': 'second',
      'sub/c.txt': 'bound<2\n-r e.txt',
      'sub/e.txt': 'third',
    });
    expect(texts(parsed.requirements)).toEqual(['first', 'second', 'third', 'last']);
    expect(texts(parsed.constraints)).toEqual(['bound<2']);
  });

  test('is read as constraints, which cannot be editables', async () => {
    const parsed = await read({ 'a.txt': 'bound<2\n-e .' }, { constraint: true });
    expect([texts(parsed.constraints), parsed.requirements, parsed.editables, parsed.problems.length]).toEqual([
      ['bound<2'],
      [],
      [],
      1,
    ]);
  });

  test('distinguishes options, editables and URLs of other files', async () => {
    const parsed = await read({
      'a.txt': '-i https://a/simple\n--extra-index-url=https://b\n-e ./own\n-r https://c/r.txt\n--pre --no-index',
    });
    expect(parsed.options.map(({ name, value, line }) => [name, value, line])).toEqual([
      ['--index-url', 'https://a/simple', 1],
      ['--extra-index-url', 'https://b', 2],
      ['--pre', undefined, 5],
      ['--no-index', undefined, 5],
    ]);
    expect([texts(parsed.editables), texts(parsed.remote)]).toEqual([['./own'], ['https://c/r.txt']]);
  });

  test('has only set variables replaced', async () => {
    const written = ['VERSION', 'EMPTY', 'ABSENT', 'lower'].map((name) => `\${${name}}`).join(' ');
    const parsed = await read({ 'a.txt': `x==${written}` }, { variables: { VERSION: '1.$&', EMPTY: '' } });
    expect(texts(parsed.requirements)).toEqual([`x==1.$& ${written.split(' ').slice(1).join(' ')}`]);
  });

  test('has a variable replaced that the value of another one names', async () => {
    const content = `x==${b}${a}${a}`;
    const parsed = await read({ 'a.txt': content }, { variables: { A: '1', B: a } });
    expect(texts(parsed.requirements)).toEqual(['x==111']);
  });

  test('has thousands of variables replaced in a moment', async () => {
    const parsed = await read({ 'a.txt': `x @ ${a.repeat(20_000)}` }, { variables: { A: 'b'.repeat(40) } });
    expect(texts(parsed.requirements)[0]).toHaveLength(4 + 20_000 * 40);
  });

  test.each([
    ['values that name themselves', { A: a + a }, a.repeat(1000)],
    ['values that name each other', { A: b.repeat(50), B: a.repeat(50) }, (a + b).repeat(50)],
    ['long values', { A: 'b'.repeat(100_000) }, a.repeat(1000)],
    ['values that stay short, but are replaced again and again', { A: a }, a.repeat(5000)],
  ])('that %s make too long is an error', async (_, variables, line) => {
    const reading = read({ 'a.txt': line }, { variables });
    await expect(reading).rejects.toMatchObject({ code: 'requirements-too-large', exit: 'usage' });
    await expect(reading).rejects.toThrow('`a.txt`: a line with the variable');
  });

  test('reports missing files and invalid lines as problems, not errors', async () => {
    const parsed = await read({ 'a.txt': '-r absent.txt\n--nonsense\nsix "\n-e "open' });
    expect(parsed.problems.map(({ line }) => line)).toEqual([1, 2, 4]);
    expect((await read({})).problems).toMatchObject([{ file: 'a.txt', line: 0 }]);
  });

  test.each([
    ['with a UTF-8 byte order mark', Buffer.from('\ufeffé==1')],
    ['in UTF-16', Buffer.from('\ufeffé==1', 'utf16le')],
    ['in big-endian UTF-16', Buffer.from('\ufeffé==1', 'utf16le').swap16()],
    ['in a declared encoding', Buffer.from('# coding: latin-1\né==1', 'latin1')],
    ['in an unknown encoding', Buffer.from('é==1', 'latin1')],
  ])('is decoded: %s', async (_, bytes) => {
    expect(texts((await read({ 'a.txt': bytes })).requirements)).toEqual(['é==1']);
  });
});

describe('a hostile requirements file', () => {
  const byteOrderMark = [0xff, 0xfe];
  test.each([
    ['in UTF-32, which older pips read as UTF-16', Buffer.from([...byteOrderMark, 0, 0, 0x61, 0, 0, 0])],
    ['with a second byte order mark, which swaps the bytes', Buffer.from([...byteOrderMark, 0xfe, 0xff, 0, 0x61])],
    ['with the same byte order mark twice', Buffer.from([...byteOrderMark, ...byteOrderMark, 0x61, 0])],
    ['in UTF-7', Buffer.from('# -*- coding: utf-7 -*-\nsix #+AAo-evil')],
    ['in Python’s own escapes, declared in the second line', Buffer.from('\n# coding=unicode_escape\nsix #\\nevil')],
    ['with other line ends', Buffer.from('# coding: iso-8859-9\nsix #\x85evil', 'latin1')],
    ['declared far to the right', Buffer.from(`#${' '.repeat(10_000)}coding: utf-7\nsix`)],
  ])('is rejected where versions of pip decode it differently: %s', async (_, bytes) => {
    await expect(read({ 'a.txt': bytes })).rejects.toMatchObject({ code: 'requirements-encoding', exit: 'usage' });
  });

  test('named by a URL is read if its encoding is unambiguous', async () => {
    const files = { 'a.txt': 'six\n-r file:///work/b%20c.txt', 'b c.txt': '-r d.txt', 'd.txt': 'attrs' };
    expect(texts((await read(files)).requirements)).toEqual(['six', 'attrs']);
    for (const [name, content] of [
      ['file:///work/b.txt', 'six # Å'],
      ['file:///work/b.txt', 'six # ~{'],
      ['file:///work/x/../b.txt', 'six'],
      ['file://host/work/b.txt', 'six'],
      [' file://host/work/b.txt', 'six'],
    ]) {
      await expect(read({ 'a.txt': `-r "${name}"`, 'b.txt': content ?? '' })).rejects.toMatchObject({ exit: 'usage' });
    }
  });

  test('that includes itself is rejected with the chain of names', async () => {
    const cyclic = read({ 'a.txt': 'six\n-r sub/b.txt', 'sub/b.txt': '-c ../a.txt' });
    await expect(cyclic).rejects.toMatchObject({
      code: 'requirements-cycle',
      exit: 'usage',
      message: '`a.txt` includes itself: a.txt → sub/b.txt → a.txt',
    });
  });

  test('can be included twice, but not a million times', async () => {
    const nested = Object.fromEntries(
      Array.from({ length: 20 }, (_, level) => [`${level}.txt`, `-r ${level + 1}.txt\n-r ${level + 1}.txt`]),
    );
    await expect(read({ ...nested, '20.txt': 'six' }, { file: '0.txt' })).rejects.toMatchObject({
      code: 'requirements-too-large',
      exit: 'usage',
    });
    const parsed = await read({ ...nested, '20.txt': 'six' }, { file: '18.txt' });
    expect(texts(parsed.requirements)).toEqual(['six', 'six', 'six', 'six']);
  });

  test('with too many lines is rejected', async () => {
    await expect(read({ 'a.txt': 'x\n'.repeat(200_001) })).rejects.toMatchObject({ code: 'requirements-too-large' });
  });

  test('with a megabyte of whitespace, backslashes or quotes is parsed within five seconds', async () => {
    const size = 1_000_000;
    for (const part of [' ', '\\', '"', '# ', '-e ', ['$', '{A}'].join(''), '\t#', ' -']) {
      await read({ 'a.txt': part.repeat(size / part.length) });
    }
  });

  test('with 1,000 requirements and hashes is parsed within half a second', async () => {
    const line = (index: number) => `project-${index}==1.${index} \\\n    --hash=sha256:${'0'.repeat(64)}`;
    const parsed = await read({ 'a.txt': Array.from({ length: 1000 }, (_, index) => line(index)).join('\n') });
    expect(parsed.requirements.length).toBe(1000);
  });
});

describe('the text functions of Python', () => {
  test('split words at whitespace outside quotes', () => {
    expect(shlexSplit(`a 'b c' "d \\" e" f\\ g ''`)).toEqual(['a', 'b c', 'd " e', 'f g', '']);
    expect([shlexSplit('"open'), shlexSplit('open\\'), shlexSplit('  ')]).toEqual([undefined, undefined, []]);
  });

  test('keep quoted words complete', () => {
    const quoted = (argument: string) => `'${argument.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(shlexSplit(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });

  test('split lines as Python does, and keep a byte order mark', () => {
    expect(splitLines('a\r\nb\x0cc\u2028d\n')).toEqual(['a', 'b', 'c', 'd']);
    expect(strip('\x1f a\ufeff\u3000')).toBe('a\ufeff');
  });
});
