import { describe, expect, test } from 'vitest';
import type { IndexFile, ProjectName, ProjectPage } from '../../src/index/types.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { type Origin, openPostProcessing, withoutRelay } from '../../src/pip/post-processing.ts';
import { configuredByVariables } from '../../src/pip/root-options.ts';

const host = '9a1dbad5.secure-pypi.invalid';
const endpoint = 'https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/secure-pypi/';
const sha256 = '4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274';
const filename = 'six-1.17.0+a-py3-none-any.whl';
const repositoryUrl = `${endpoint}simple/six/1.17.0%2Ba/${encodeURIComponent(filename)}`;
const relayUrl = `http://${host}/files/${sha256.slice(0, 16)}/${encodeURIComponent(filename)}`;

const file = { filename, url: `${repositoryUrl}#sha256=${sha256}`, hashes: { sha256 } } as unknown as IndexFile;
const page = { name: 'six', files: [file] } as unknown as ProjectPage;
const origin: Origin = { host, endpoint, pages: new Map([['six' as ProjectName, { page }]]) };

describe('a text without relay URLs', () => {
  test('has the URL from the index, with the original fragment', () => {
    expect(withoutRelay(`url = "${relayUrl}#sha256=${sha256}"\n`, origin)).toBe(
      `url = "${repositoryUrl}#sha256=${sha256}"\n`,
    );
  });

  test('has the repository URL for a file whose page was not requested', () => {
    const text = withoutRelay(`'${relayUrl}'`, { ...origin, pages: new Map() });
    expect(text).toBe(`'${repositoryUrl}'`);
  });

  test('has the endpoint for pages and other paths', () => {
    expect(withoutRelay(`index = "http://${host}/simple/"`, origin)).toBe(`index = "${endpoint}simple/"`);
    expect(withoutRelay(`http://${host}/files/zz/..`, origin)).not.toContain(host);
  });

  test('is unchanged without relay URLs', () => {
    const text = 'http://0000aaaa.secure-pypi.invalid/files/0123456789abcdef/x.whl';
    expect(withoutRelay(text, origin)).toBe(text);
  });
});

/** Runs the post-processing with files in memory. `pip` plays the run of pip. */
async function runPostProcessing(
  argv: readonly string[],
  pip: (argv: readonly string[], disk: Map<string, string>) => void,
  { variables = {}, folder = '/work' } = {},
) {
  const disk = new Map<string, string>();
  const writtenOnce: Record<string, string> = {};
  let printed = '';
  const command = parsePipArguments(argv);
  const postProcessing = await openPostProcessing(command, argv, {
    folder,
    configuration: configuredByVariables(command, variables),
    files: {
      kindOf: async (name) => (name.startsWith('/dev/') ? 'other' : disk.has(name) ? 'file' : 'absent'),
      makeFolder: async () => '/tmp/made',
      removeFolder: async (place) => {
        for (const name of disk.keys()) if (name.startsWith(place)) disk.delete(name);
      },
      readText: async (name) => disk.get(name) ?? '',
      writeText: async (name, text) => {
        if (name.startsWith('/dev/')) writtenOnce[name] = text;
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
  pip(postProcessing.argv, disk);
  await postProcessing.rewriteOutputFiles(origin);
  await postProcessing.cleanup();
  return { argv: postProcessing.argv, disk: Object.fromEntries(disk), printed, writtenOnce };
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
    const outcome = await runPostProcessing(argv, (_, disk) => disk.set(name, relayUrl), { variables });
    expect(outcome.disk).toEqual({ [name]: repositoryUrl });
    expect(outcome.argv).toEqual(argv);
  });

  test.each([
    [['lock', '-o', '-', 'six'], {}, '/work/pylock.awspip-one.toml'],
    [['lock', '-qo-', 'six'], {}, '/work/pylock.awspip-one.toml'],
    [['lock', '-qo-', 'six'], { folder: '/read-only' }, '/tmp/made/pylock.toml'],
    [['install', '--report=-', '--dry-run', 'six'], {}, '/tmp/made/pylock.toml'],
    [['install', '--', 'six'], { variables: { PIP_REPORT: '-' } }, '/tmp/made/pylock.toml'],
  ] as const)('%j %j is printed, and no temporary file remains', async (argv, options, file) => {
    const outcome = await runPostProcessing(
      argv,
      (typed, disk) => {
        expect(typed.join(' ')).toContain(file);
        disk.set(file, relayUrl);
      },
      options,
    );
    expect(outcome).toMatchObject({ printed: `${repositoryUrl}\n`, disk: {} });
  });

  test.each([
    ['lock', '-o', '/dev/stdout', 'six'],
    ['install', '--report', '/dev/fd/63', 'six'],
  ])('%s %s %s is written once, and no temporary file remains', async (...argv) => {
    const outcome = await runPostProcessing(argv, (_, disk) => disk.set('/tmp/made/pylock.toml', relayUrl));
    expect(outcome).toMatchObject({ writtenOnce: { [argv[2] ?? '']: repositoryUrl }, printed: '', disk: {} });
  });

  test.each([
    [['install', 'six'], {}],
    [['download', 'six'], { PIP_REPORT: 'r.json' }],
    [['install', '--isolated', 'six'], { PIP_REPORT: 'r.json' }],
  ] as const)('%j %j changes no file', async (argv, variables) => {
    const outcome = await runPostProcessing(argv, (_, disk) => disk.set('/work/r.json', relayUrl), { variables });
    expect(outcome.disk).toEqual({ '/work/r.json': relayUrl });
  });
});
