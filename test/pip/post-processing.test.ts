import { describe, expect, test } from 'vitest';
import type { IndexFile, ProjectName, ProjectPage } from '../../src/index/types.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { type Origin, openPostProcessing, withoutRelay } from '../../src/pip/post-processing.ts';
import { configuredByVariables } from '../../src/pip/root-options.ts';

const host = '9a1dbad5.secure-pypi.invalid';
const endpoint = 'https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/secure-pypi/';
const sha256 = '4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274';
const filename = 'six-1.17.0+a-py3-none-any.whl';
const own = `${endpoint}simple/six/1.17.0%2Ba/${encodeURIComponent(filename)}`;
const asRelayed = `http://${host}/files/${sha256.slice(0, 16)}/${encodeURIComponent(filename)}`;

const file = { filename, url: `${own}#sha256=${sha256}`, hashes: { sha256 } } as unknown as IndexFile;
const page = { name: 'six', files: [file] } as unknown as ProjectPage;
const origin: Origin = { host, endpoint, pages: new Map([['six' as ProjectName, { page }]]) };

describe('a text freed of the relay', () => {
  test('names the address that the index gives, with the hash that stood there', () => {
    expect(withoutRelay(`url = "${asRelayed}#sha256=${sha256}"\n`, origin)).toBe(`url = "${own}#sha256=${sha256}"\n`);
  });

  test('names where the repository keeps a file whose page was not asked for', () => {
    const text = withoutRelay(`'${asRelayed}'`, { ...origin, pages: new Map() });
    expect(text).toBe(`'${own}'`);
  });

  test('names the endpoint for pages and for anything else', () => {
    expect(withoutRelay(`index = "http://${host}/simple/"`, origin)).toBe(`index = "${endpoint}simple/"`);
    expect(withoutRelay(`http://${host}/files/zz/..`, origin)).not.toContain(host);
  });

  test('is the same where it names no relay', () => {
    const text = 'http://0000aaaa.secure-pypi.invalid/files/0123456789abcdef/x.whl';
    expect(withoutRelay(text, origin)).toBe(text);
  });
});

/** A disk of texts; `run` plays pip. */
async function settle(
  argv: readonly string[],
  pip: (argv: readonly string[], disk: Map<string, string>) => void,
  { variables = {}, folder = '/work' } = {},
) {
  const disk = new Map<string, string>();
  const poured: Record<string, string> = {};
  let printed = '';
  const command = parsePipArguments(argv);
  const opened = await openPostProcessing(command, argv, {
    folder,
    configured: configuredByVariables(command, variables),
    files: {
      kindOf: async (name) => (name.startsWith('/dev/') ? 'other' : disk.has(name) ? 'file' : 'absent'),
      makeFolder: async () => '/tmp/made',
      removeFolder: async (place) => {
        for (const name of disk.keys()) if (name.startsWith(place)) disk.delete(name);
      },
      readText: async (name) => disk.get(name) ?? '',
      writeText: async (name, text) => {
        if (name.startsWith('/dev/')) poured[name] = text;
        else disk.set(name, text);
      },
      write: async (name) => {
        if (folder === '/read-only') throw new Error('EROFS');
        disk.set(name, '');
      },
    },
    unique: () => 'one',
    print: async (text) => {
      printed += text;
    },
  });
  pip(opened.argv, disk);
  await opened.settle(origin);
  await opened.cleanup();
  return { argv: opened.argv, disk: Object.fromEntries(disk), printed, poured };
}

describe('after pip', () => {
  test.each([
    [['lock', 'six'], {}, '/work/pylock.toml'],
    [['lock', '-o', 'pylock.dev.toml', 'six'], {}, '/work/pylock.dev.toml'],
    [['lock', '-qo/elsewhere/pylock.toml', 'six'], {}, '/elsewhere/pylock.toml'],
    [['lock', 'six'], { PIP_OUTPUT: 'pylock.env.toml' }, '/work/pylock.env.toml'],
    [['install', '--report=r.json', 'six'], {}, '/work/r.json'],
    [['install', '--report', 'a', '--report', 'b', 'six'], {}, '/work/b'],
    [['install', 'six'], { PIP_REPORT: 'r.json' }, '/work/r.json'],
  ] as const)('%j %j is rewritten in %s', async (argv, variables, name) => {
    const settled = await settle(argv, (_, disk) => disk.set(name, asRelayed), { variables });
    expect(settled.disk).toEqual({ [name]: own });
    expect(settled.argv).toEqual(argv);
  });

  test.each([
    [['lock', '-o', '-', 'six'], {}, '/work/pylock.awspip-one.toml'],
    [['lock', '-qo-', 'six'], {}, '/work/pylock.awspip-one.toml'],
    [['lock', '-qo-', 'six'], { folder: '/read-only' }, '/tmp/made/pylock.toml'],
    [['install', '--report=-', '--dry-run', 'six'], {}, '/tmp/made/pylock.toml'],
    [['install', '--', 'six'], { variables: { PIP_REPORT: '-' } }, '/tmp/made/pylock.toml'],
  ] as const)('%j %j is printed, and nothing is left behind', async (argv, given, file) => {
    const settled = await settle(
      argv,
      (typed, disk) => {
        expect(typed.join(' ')).toContain(file);
        disk.set(file, asRelayed);
      },
      given,
    );
    expect(settled).toMatchObject({ printed: `${own}\n`, disk: {} });
  });

  test.each([
    ['lock', '-o', '/dev/stdout', 'six'],
    ['install', '--report', '/dev/fd/63', 'six'],
  ])('%s %s %s goes to what can be written but once, and nothing is left behind', async (...argv) => {
    const settled = await settle(argv, (_, disk) => disk.set('/tmp/made/pylock.toml', asRelayed));
    expect(settled).toMatchObject({ poured: { [argv[2] ?? '']: own }, printed: '', disk: {} });
  });

  test.each([
    [['install', 'six'], {}],
    [['download', 'six'], { PIP_REPORT: 'r.json' }],
    [['install', '--isolated', 'six'], { PIP_REPORT: 'r.json' }],
  ] as const)('%j %j leaves everything as it is', async (argv, variables) => {
    const settled = await settle(argv, (_, disk) => disk.set('/work/r.json', asRelayed), { variables });
    expect(settled.disk).toEqual({ '/work/r.json': asRelayed });
  });
});
