import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFiles } from '../../src/pip/files.ts';
import { formatControl } from '../../src/pip/grammar.ts';
import { type RequirementsFile, readRequirementsFile } from '../../src/pip/requirements-file.ts';

/** pip's answer to one file. */
type PipLine = {
  readonly file: string;
  readonly line: number;
  readonly requirement: string | null;
  readonly editable: boolean;
  readonly constraint: boolean;
  readonly options: Record<string, unknown>;
};
type PipAnswer = {
  readonly lines?: PipLine[];
  readonly noBinary?: string[];
  readonly onlyBinary?: string[];
  readonly error?: string;
  readonly message?: string;
};

const script = fileURLToPath(new URL('requirements-of-pip.py', import.meta.url));
const variables = { ...process.env, NAME_1: 'value', OTHER: `x${filledIn('NAME_1')}`, EMPTY: '', PYTHONUTF8: '1' };
const hasPip = spawnSync('python3', ['-c', 'import pip._internal.req.req_file']).status === 0;

/** A variable as files write it. */
function filledIn(name: string): string {
  return `\${${name}}`;
}

const fragments = [
  ...[
    'requests',
    'six',
    '==1.0',
    '>=2,<3',
    '[a,b]',
    ' ; python_version > "3"',
    './dir',
    ':all:',
    ':none:',
    'numpy,six',
  ],
  ...[' ', ' ', '  ', '\t', '#', ' #', ' # why', '\\', '\\\\', '"', "'", '=', ',', '-', '--', ' -- '],
  ...['-e ', ' -e ', '-r ', '-c ', '-rb.txt', '-r b.txt', '-c b.txt', '-r sub/c.txt', '-c=sub/c.txt', '-r absent.txt'],
  ...['--requirement=b.txt', '--constraint sub/c.txt', '--edit=./dir', '--req', '--con', '--no-ind', '--pr'],
  ...['--index-url ', '--index-url=', '--pypi-url ', '-i ', '-f ', '--extra-index-url ', '--trusted-host ', ' --pre '],
  ...['--no-binary ', ' --only-binary=', ' --no-index', '--prefer-binary ', '--require-hashes', '--nonsense '],
  ...[
    'https://host/x.whl#egg=x',
    'git+https://host/x@v1#egg=x ',
    'file.whl',
    ' --hash=sha256:00ff',
    '--hash sha512:00',
  ],
  ...['NAME_1', 'OTHER', 'EMPTY', 'UNSET_NAME', 'name'].map(filledIn),
  `${filledIn('OTHER')}${filledIn('NAME_1')}`,
  '$NAME_1',
  ...['é', '\u00a0', '\u3000', '\ufeff', '\x1f', '\x00'],
];
const ends = ['\n', '\n', '\n', '\r\n', '\r', '\\\n', '\\\n', '\\\r\n', '\f', '\v', '\x1c', '\x85', '\u2028'];
const line = fc.array(fc.constantFrom(...fragments), { maxLength: 5 }).map((parts) => parts.join(''));
const text = (lines: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(lines, fc.constantFrom(...ends)), { maxLength: 6 }).map((all) => all.flat().join(''));
/** Without includes: what a file includes comes from the ones before it only, so that no file includes itself. */
const leaf = text(line).map((content) => content.replace(/[rc]/g, 'z'));
const encoding = fc.constantFrom<BufferEncoding | 'bom' | 'cookie' | 'utf16'>('utf8', 'utf8', 'bom', 'cookie', 'utf16');

function encoded(content: string, how: string): Uint8Array {
  if (how === 'bom') return Buffer.from(`\ufeff${content}`);
  // With a NUL first this would be the mark of UTF-32, which older pips mistake; a second mark is refused as well.
  if (how === 'utf16') return Buffer.from(`\ufeff${content.replace(/^[\0\ufeff]+/, '')}`, 'utf16le');
  if (how === 'cookie') return Buffer.from(`# -*- coding: latin-1 -*-\n${content}`, 'latin1');
  return Buffer.from(content);
}

describe.skipIf(!hasPip)('beside the parser of a real pip', () => {
  let folder: string;
  let child: ChildProcess;
  let answers: AsyncIterator<string>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'awspip-test-'));
    await mkdir(path.join(folder, 'sub'));
    child = spawn('python3', [script], { env: variables, stdio: ['pipe', 'pipe', 'ignore'] });
    answers = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  });

  afterAll(async () => {
    child.stdin?.end();
    await rm(folder, { recursive: true, force: true });
  });

  async function askPip(file: string, constraint: boolean): Promise<PipAnswer> {
    child.stdin?.write(`${JSON.stringify([file, constraint])}\n`);
    return JSON.parse((await answers.next()).value);
  }

  async function both(file: string, constraint: boolean) {
    const ports = { folder, variables, read: localFiles(folder).read };
    return {
      pip: await askPip(path.join(folder, file), constraint),
      ours: await readRequirementsFile(path.join(folder, file), ports, { constraint }),
    };
  }

  test('files of any make are read alike: requirements, constraints, editables, options, places and refusals', async () => {
    const tree = fc.record({ top: text(line), b: leaf, c: leaf, how: encoding, constraint: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(tree, async ({ top, b, c, how, constraint }) => {
        await writeFile(path.join(folder, 'top.txt'), encoded(top, how));
        await writeFile(path.join(folder, 'b.txt'), b);
        await writeFile(path.join(folder, 'sub/c.txt'), c);
        const { pip, ours } = await both('top.txt', constraint);
        if (pip.lines === undefined) expect(refusals(pip, ours)).not.toEqual([]);
        else expect(plain(ours, folder)).toEqual(expected(pip.lines, pip));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Why pip may refuse what it refused: a problem that was seen, or something read here that only pip's caller judges. */
function refusals({ error, message = '' }: PipAnswer, { problems, remote }: RequirementsFile): string[] {
  const own = error === 'CommandError' || /--hash|ambiguous option/.test(message) ? [message] : [];
  return [...problems.map(({ text: problem }) => problem), ...remote.map(({ text: url }) => url), ...own];
}

function plain(file: RequirementsFile, folder: string) {
  const show = ({ file: name, line: at, text: what }: { file: string; line: number; text: string }) =>
    `${path.resolve(folder, name)}:${at} ${what}`;
  const places = new Map<string, RequirementsFile['options'][number][]>();
  for (const option of file.options) {
    const place = `${path.resolve(folder, option.file)}:${option.line}`;
    places.set(place, [...(places.get(place) ?? []), option]);
  }
  return {
    requirements: file.requirements.map(show),
    constraints: file.constraints.map(show),
    editables: file.editables.map(show),
    problems: file.problems,
    noBinary: [...formatControl(file.options).noBinary].sort(),
    onlyBinary: [...formatControl(file.options).onlyBinary].sort(),
    options: withoutIdle([...places].map(([place, options]) => [place, grouped(options)])),
  };
}

function grouped(options: RequirementsFile['options']) {
  const found: Record<string, unknown> = {};
  for (const { name, value } of options) {
    if (name === '--extra-index-url' || name === '--find-links' || name === '--trusted-host') {
      found[name] = [...new Set([...((found[name] as string[] | undefined) ?? []), value])];
    } else if (!ignored.has(name)) found[name] = value ?? true;
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== ''));
}
const ignored = new Set(['--hash', '--no-binary', '--only-binary', '--requirement', '--constraint', '--editable']);

function expected(lines: readonly PipLine[], { noBinary, onlyBinary }: PipAnswer) {
  const show = ({ file, line: at, requirement }: PipLine) => `${path.resolve(file)}:${at} ${requirement}`;
  const required = lines.filter(({ requirement }) => requirement !== null);
  return {
    requirements: required.filter(({ editable, constraint }) => !editable && !constraint).map(show),
    constraints: required.filter(({ editable, constraint }) => !editable && constraint).map(show),
    editables: required.filter(({ editable }) => editable).map(show),
    problems: [],
    noBinary,
    onlyBinary,
    options: withoutIdle(
      lines.map(({ file, line: at, requirement, options }) => {
        return [`${path.resolve(file)}:${at}`, requirement === null ? once(options) : {}];
      }),
    ),
  };
}

/** A file that is included twice sets its options twice. */
function once(options: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(options);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)] : value]));
}

/** An option with no value at all is no option; a line with none is no line. */
function withoutIdle(places: readonly (readonly [string, Record<string, unknown>])[]) {
  return Object.fromEntries(places.filter(([, options]) => Object.values(options).flat().length > 0));
}
