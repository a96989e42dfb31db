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

/** The result of pip for one line of a file. */
type PipLine = {
  readonly file: string;
  readonly line: number;
  readonly requirement: string | null;
  readonly editable: boolean;
  readonly constraint: boolean;
  readonly options: Record<string, unknown>;
};
type PipResult = {
  readonly lines?: PipLine[];
  readonly noBinary?: string[];
  readonly onlyBinary?: string[];
  readonly error?: string;
  readonly message?: string;
};

const scriptPath = fileURLToPath(new URL('requirements-of-pip.py', import.meta.url));
const variables = {
  ...process.env,
  NAME_1: 'value',
  OTHER: `x${variableReference('NAME_1')}`,
  EMPTY: '',
  PYTHONUTF8: '1',
};
const hasPip = spawnSync('python3', ['-c', 'import pip._internal.req.req_file']).status === 0;

/** Returns a variable in the notation of requirements files. */
function variableReference(name: string): string {
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
  ...['NAME_1', 'OTHER', 'EMPTY', 'UNSET_NAME', 'name'].map(variableReference),
  `${variableReference('OTHER')}${variableReference('NAME_1')}`,
  '$NAME_1',
  ...['é', '\u00a0', '\u3000', '\ufeff', '\x1f', '\x00'],
];
const ends = ['\n', '\n', '\n', '\r\n', '\r', '\\\n', '\\\n', '\\\r\n', '\f', '\v', '\x1c', '\x85', '\u2028'];
const line = fc.array(fc.constantFrom(...fragments), { maxLength: 5 }).map((parts) => parts.join(''));
const text = (lines: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(lines, fc.constantFrom(...ends)), { maxLength: 6 }).map((all) => all.flat().join(''));
/** A file without includes, so that no file can include itself. */
const leaf = text(line).map((content) => content.replace(/[rc]/g, 'z'));
const encoding = fc.constantFrom<BufferEncoding | 'bom' | 'cookie' | 'utf16'>('utf8', 'utf8', 'bom', 'cookie', 'utf16');

function encode(content: string, how: string): Uint8Array {
  if (how === 'bom') return Buffer.from(`\ufeff${content}`);
  // A leading NUL would make this the byte order mark of UTF-32, which older pips misread. A second byte order mark is
  // rejected too.
  if (how === 'utf16') return Buffer.from(`\ufeff${content.replace(/^[\0\ufeff]+/, '')}`, 'utf16le');
  if (how === 'cookie') return Buffer.from(`# -*- coding: latin-1 -*-\n${content}`, 'latin1');
  return Buffer.from(content);
}

describe.skipIf(!hasPip)('compared with the parser of a real pip', () => {
  let folder: string;
  let child: ChildProcess;
  let results: AsyncIterator<string>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'awspip-test-'));
    await mkdir(path.join(folder, 'sub'));
    child = spawn('python3', [scriptPath], { env: variables, stdio: ['pipe', 'pipe', 'ignore'] });
    results = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  });

  afterAll(async () => {
    child.stdin?.end();
    await rm(folder, { recursive: true, force: true });
  });

  async function parseWithPip(file: string, constraint: boolean): Promise<PipResult> {
    child.stdin?.write(`${JSON.stringify([file, constraint])}\n`);
    return JSON.parse((await results.next()).value);
  }

  async function both(file: string, constraint: boolean) {
    const ports = { folder, variables, read: localFiles(folder).read };
    return {
      pip: await parseWithPip(path.join(folder, file), constraint),
      actual: await readRequirementsFile(path.join(folder, file), ports, { constraint }),
    };
  }

  test('random files are parsed alike: requirements, constraints, editables, options, positions and errors', async () => {
    const tree = fc.record({ top: text(line), b: leaf, c: leaf, how: encoding, constraint: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(tree, async ({ top, b, c, how, constraint }) => {
        await writeFile(path.join(folder, 'top.txt'), encode(top, how));
        await writeFile(path.join(folder, 'b.txt'), b);
        await writeFile(path.join(folder, 'sub/c.txt'), c);
        const { pip, actual } = await both('top.txt', constraint);
        if (pip.lines === undefined) expect(errorReasons(pip, actual)).not.toEqual([]);
        else expect(summarize(actual, folder)).toEqual(expectedSummary(pip.lines, pip));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Returns the possible reasons for an error of pip: a reported problem, or input that only pip's caller checks. */
function errorReasons({ error, message = '' }: PipResult, { problems, remote }: RequirementsFile): string[] {
  const commandErrors = error === 'CommandError' || /--hash|ambiguous option/.test(message) ? [message] : [];
  return [...problems.map(({ text: problem }) => problem), ...remote.map(({ text: url }) => url), ...commandErrors];
}

function summarize(file: RequirementsFile, folder: string) {
  const show = ({ file: name, line: at, text: what }: { file: string; line: number; text: string }) =>
    `${path.resolve(folder, name)}:${at} ${what}`;
  const positions = new Map<string, RequirementsFile['options'][number][]>();
  for (const option of file.options) {
    const position = `${path.resolve(folder, option.file)}:${option.line}`;
    positions.set(position, [...(positions.get(position) ?? []), option]);
  }
  return {
    requirements: file.requirements.map(show),
    constraints: file.constraints.map(show),
    editables: file.editables.map(show),
    problems: file.problems,
    noBinary: [...formatControl(file.options).noBinary].sort(),
    onlyBinary: [...formatControl(file.options).onlyBinary].sort(),
    options: withoutEmpty([...positions].map(([position, options]) => [position, grouped(options)])),
  };
}

function grouped(options: RequirementsFile['options']) {
  const values: Record<string, unknown> = {};
  for (const { name, value } of options) {
    if (name === '--extra-index-url' || name === '--find-links' || name === '--trusted-host') {
      values[name] = [...new Set([...((values[name] as string[] | undefined) ?? []), value])];
    } else if (!ignoredOptions.has(name)) values[name] = value ?? true;
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}
const ignoredOptions = new Set([
  '--hash',
  '--no-binary',
  '--only-binary',
  '--requirement',
  '--constraint',
  '--editable',
]);

function expectedSummary(lines: readonly PipLine[], { noBinary, onlyBinary }: PipResult) {
  const show = ({ file, line: at, requirement }: PipLine) => `${path.resolve(file)}:${at} ${requirement}`;
  const required = lines.filter(({ requirement }) => requirement !== null);
  return {
    requirements: required.filter(({ editable, constraint }) => !editable && !constraint).map(show),
    constraints: required.filter(({ editable, constraint }) => !editable && constraint).map(show),
    editables: required.filter(({ editable }) => editable).map(show),
    problems: [],
    noBinary,
    onlyBinary,
    options: withoutEmpty(
      lines.map(({ file, line: at, requirement, options }) => {
        return [`${path.resolve(file)}:${at}`, requirement === null ? withoutDuplicates(options) : {}];
      }),
    ),
  };
}

/** Removes duplicate values. A file that is included twice sets its options twice. */
function withoutDuplicates(options: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(options);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)] : value]));
}

/** Removes lines without option values. */
function withoutEmpty(positions: readonly (readonly [string, Record<string, unknown>])[]) {
  return Object.fromEntries(positions.filter(([, options]) => Object.values(options).flat().length > 0));
}
