import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitLines, splitWords, strip } from '../../src/pip/python-text.ts';
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

const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

describe('a requirements file', () => {
  test('gives its requirements as written, without hashes, comments and blank lines, each with its place', async () => {
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

  test('includes others by their whole path, too, with what they say of indexes', async () => {
    const found = await read({
      'a.txt': '-r sub/b.txt',
      'sub/b.txt': '-r /elsewhere/c.txt\n-c /elsewhere/d.txt',
      '/elsewhere/c.txt': 'six\n--index-url https://evil/simple',
      '/elsewhere/d.txt': 'six<2',
    });
    expect(texts(found.requirements)).toEqual(['six']);
    expect(texts(found.constraints)).toEqual(['six<2']);
    expect(found.options).toMatchObject([{ name: '--index-url', file: '/elsewhere/c.txt' }]);
    expect(found.problems).toEqual([]);
  });

  test('includes others by their own folder; what a constraints file includes with -r is required', async () => {
    const found = await read({
      'a.txt': '-r sub/b.txt\n-c sub/c.txt\nlast',
      'sub/b.txt': 'first\n-r ../d.txt',
      'd.txt': 'second',
      'sub/c.txt': 'bound<2\n-r e.txt',
      'sub/e.txt': 'third',
    });
    expect(texts(found.requirements)).toEqual(['first', 'second', 'third', 'last']);
    expect(texts(found.constraints)).toEqual(['bound<2']);
  });

  test('read as constraints gives constraints, and no editable can be one', async () => {
    const found = await read({ 'a.txt': 'bound<2\n-e .' }, { constraint: true });
    expect([texts(found.constraints), found.requirements, found.editables, found.problems.length]).toEqual([
      ['bound<2'],
      [],
      [],
      1,
    ]);
  });

  test('tells options, editables and addresses of other files apart', async () => {
    const found = await read({
      'a.txt': '-i https://a/simple\n--extra-index-url=https://b\n-e ./own\n-r https://c/r.txt\n--pre --no-index',
    });
    expect(found.options.map(({ name, value, line }) => [name, value, line])).toEqual([
      ['--index-url', 'https://a/simple', 1],
      ['--extra-index-url', 'https://b', 2],
      ['--pre', undefined, 5],
      ['--no-index', undefined, 5],
    ]);
    expect([texts(found.editables), texts(found.remote)]).toEqual([['./own'], ['https://c/r.txt']]);
  });

  test('is filled in with variables that are set, and no others', async () => {
    const written = ['VERSION', 'EMPTY', 'ABSENT', 'lower'].map((name) => `\${${name}}`).join(' ');
    const found = await read({ 'a.txt': `x==${written}` }, { variables: { VERSION: '1.$&', EMPTY: '' } });
    expect(texts(found.requirements)).toEqual([`x==1.$& ${written.split(' ').slice(1).join(' ')}`]);
  });

  test('that is not there, and a line that pip refuses, are problems and no errors', async () => {
    const found = await read({ 'a.txt': '-r absent.txt\n--nonsense\nsix "\n-e "open' });
    expect(found.problems.map(({ line }) => line)).toEqual([1, 2, 4]);
    expect((await read({})).problems).toMatchObject([{ file: 'a.txt', line: 0 }]);
  });

  test.each([
    ['with a UTF-8 mark', Buffer.from('\ufeffé==1')],
    ['in UTF-16', Buffer.from('\ufeffé==1', 'utf16le')],
    ['in UTF-16, big end first', Buffer.from('\ufeffé==1', 'utf16le').swap16()],
    ['in a declared encoding', Buffer.from('# coding: latin-1\né==1', 'latin1')],
    ['in no encoding that is known', Buffer.from('é==1', 'latin1')],
  ])('is read: %s', async (_, bytes) => {
    expect(texts((await read({ 'a.txt': bytes })).requirements)).toEqual(['é==1']);
  });
});

describe('a hostile requirements file', () => {
  const mark = [0xff, 0xfe];
  test.each([
    ['in UTF-32, which older pips take for UTF-16', Buffer.from([...mark, 0, 0, 0x61, 0, 0, 0])],
    ['with a second mark, which turns it round', Buffer.from([...mark, 0xfe, 0xff, 0, 0x61])],
    ['with the same mark twice', Buffer.from([...mark, ...mark, 0x61, 0])],
    ['in UTF-7', Buffer.from('# -*- coding: utf-7 -*-\nsix #+AAo-evil')],
    ['in Python’s own escapes, said in the second line', Buffer.from('\n# coding=unicode_escape\nsix #\\nevil')],
    ['in what ends lines elsewhere', Buffer.from('# coding: iso-8859-9\nsix #\x85evil', 'latin1')],
    ['said far to the right', Buffer.from(`#${' '.repeat(10_000)}coding: utf-7\nsix`)],
  ])('is refused where pips read another text in it: %s', async (_, bytes) => {
    await expect(read({ 'a.txt': bytes })).rejects.toMatchObject({ code: 'requirements-encoding', exit: 'usage' });
  });

  test('named by an address is read where nothing is left to guess', async () => {
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

  test('that includes itself is refused with the chain of names', async () => {
    const own = read({ 'a.txt': 'six\n-r sub/b.txt', 'sub/b.txt': '-c ../a.txt' });
    await expect(own).rejects.toMatchObject({
      code: 'requirements-cycle',
      exit: 'usage',
      message: 'a.txt includes itself: a.txt → sub/b.txt → a.txt',
    });
  });

  test('may be included twice, but not a million times', async () => {
    const twice = Object.fromEntries(
      Array.from({ length: 20 }, (_, level) => [`${level}.txt`, `-r ${level + 1}.txt\n-r ${level + 1}.txt`]),
    );
    await expect(read({ ...twice, '20.txt': 'six' }, { file: '0.txt' })).rejects.toMatchObject({
      code: 'requirements-too-large',
      exit: 'usage',
    });
    const found = await read({ ...twice, '20.txt': 'six' }, { file: '18.txt' });
    expect(texts(found.requirements)).toEqual(['six', 'six', 'six', 'six']);
  });

  test('with too many lines is refused', async () => {
    await expect(read({ 'a.txt': 'x\n'.repeat(200_001) })).rejects.toMatchObject({ code: 'requirements-too-large' });
  });

  test('of a megabyte of blanks, backslashes or quotes is read in a moment', async () => {
    const start = performance.now();
    const long = 1_000_000;
    for (const part of [' ', '\\', '"', '# ', '-e ', ['$', '{A}'].join(''), '\t#', ' -']) {
      await read({ 'a.txt': part.repeat(long / part.length) });
    }
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('of 1,000 requirements with hashes is read in a moment', async () => {
    const line = (at: number) => `project-${at}==1.${at} \\\n    --hash=sha256:${'0'.repeat(64)}`;
    const start = performance.now();
    const found = await read({ 'a.txt': Array.from({ length: 1000 }, (_, at) => line(at)).join('\n') });
    expect(found.requirements.length).toBe(1000);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('text as Python has it', () => {
  test('words are split at blanks outside quotes', () => {
    expect(splitWords(`a 'b c' "d \\" e" f\\ g ''`)).toEqual(['a', 'b c', 'd " e', 'f g', '']);
    expect([splitWords('"open'), splitWords('open\\'), splitWords('  ')]).toEqual([undefined, undefined, []]);
  });

  test('words put in quotes come back whole', () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });

  test('lines end where Python ends them, and a byte order mark is no blank', () => {
    expect(splitLines('a\r\nb\x0cc\u2028d\n')).toEqual(['a', 'b', 'c', 'd']);
    expect(strip('\x1f a\ufeff\u3000')).toBe('a\ufeff');
  });
});
