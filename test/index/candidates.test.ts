import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidates, candidatesInSlices } from '../../src/index/candidates.ts';
import { parseFilename } from '../../src/index/filename.ts';
import { normaliseName } from '../../src/index/names.ts';
import { wheelRank } from '../../src/index/tags.ts';
import type { IndexFile, TargetEnvironment } from '../../src/index/types.ts';

const linux: TargetEnvironment = {
  implementation: 'cpython',
  platform: 'linux_x86_64',
  libc: { name: 'glibc', version: '2.31' },
  markers: { python_version: '3.12', python_full_version: '3.12.4', implementation_version: '3.12.4' },
};
const alpine: TargetEnvironment = { ...linux, libc: { name: 'musl', version: '1.2' } };
const freeThreaded: TargetEnvironment = {
  ...linux,
  freeThreaded: true,
  markers: { ...linux.markers, python_version: '3.13', python_full_version: '3.13.1' },
};
const anyFormat = { onlyBinary: [], noBinary: [] };
const file = (filename: string, overrides: Partial<IndexFile> = {}): IndexFile => ({
  filename,
  url: `https://files.example/${filename}`,
  hashes: {},
  yanked: false,
  ...overrides,
});
const demo = normaliseName('demo');
const bestOf = (names: (string | IndexFile)[], environment = linux, control = anyFormat) =>
  candidates(
    { name: demo, files: names.map((name) => (typeof name === 'string' ? file(name) : name)) },
    environment,
    control,
  ).map(({ version, best }) => `${version}: ${best?.file.filename ?? '-'}`);

describe('a file name', () => {
  test.each([
    ['demo-1.0-py3-none-any.whl', 'wheel', '1.0'],
    ['Demo-1.0rc1-2-py2.py3-none-any.whl', 'wheel', '1.0rc1'],
    ['demo-1.0_1-py3-none-any.whl', 'wheel', '1.0-1'],
    ['demo-1.0+cu118-py3-none-any.whl', 'wheel', '1.0+cu118'],
    ['demo-1.0.tar.gz', 'sdist', '1.0'],
    ['demo-1.0.zip', 'sdist', '1.0'],
    ['demo-1.0-1.tar.bz2', 'sdist', '1.0-1'],
    ['demo-1.0-py2.7.tgz', 'sdist', '1.0'],
  ])('%s is a %s of %s', (filename, kind, version) => {
    expect(parseFilename(filename, demo)).toMatchObject({ kind, version });
  });

  test('is split after the project name, whose dashes may vary', () => {
    const name = normaliseName('my.odd_package-2');
    expect(parseFilename('my-odd-package-2-1.0.tar.gz', name)?.version).toBe('1.0');
    expect(parseFilename('My_Odd.Package_2-1.0-3.tar.gz', name)?.version).toBe('1.0-3');
    expect(parseFilename('my_odd_package_2-1.0-py3-none-any.whl', name)?.version).toBe('1.0');
  });

  test.each([
    ...[
      'other-1.0.tar.gz',
      'demo-extra-1.0.tar.gz',
      'demo.tar.gz',
      'demo-.tar.gz',
      'demo-latest.tar.gz',
      'demo-1.0.exe',
    ],
    ...['demo-1.0-py3.12.egg', 'demo-1.0-py3-none.whl', 'demo-1.0-b1-py3-none-any.whl', 'demo-1.0.linux-x86_64.tar.gz'],
    ...[
      'demo-1.0-macosx10.9.zip',
      '../demo-1.0.tar.gz',
      'demo-1.0.tar.gz\n',
      '',
      '.',
      '..',
      `demo-1.0${'0'.repeat(600)}.zip`,
    ],
    ...['demo-1.0.tar.gz.asc', 'demo-1.0-py3-none-any.whl.metadata', 'demo\\demo-1.0.zip'],
  ])('%j is not one of its distributions', (filename) => {
    expect(parseFilename(filename, demo)).toBeUndefined();
  });

  test('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => void parseFilename(`demo-${text}`, demo)));
  });
});

describe('the best file is', () => {
  test('the most specific wheel, and any wheel before the sdist', () => {
    const filenames = [
      'demo-1.0.tar.gz',
      'demo-1.0-py3-none-any.whl',
      'demo-1.0-cp38-abi3-manylinux2014_x86_64.whl',
      'demo-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      'demo-1.0-cp312-cp312-manylinux_2_28_x86_64.whl',
    ];
    const order: string[] = [];
    for (let remaining = filenames; remaining.length > 0; remaining = remaining.filter((each) => each !== order.at(-1)))
      order.push(bestOf(remaining)[0]?.split(': ')[1] ?? '');
    expect(order).toEqual([...filenames].reverse());
  });

  test('the wheel with the highest build number among equal tags', () => {
    expect(
      bestOf(['demo-1.0-2-py3-none-any.whl', 'demo-1.0-10-py3-none-any.whl', 'demo-1.0-py3-none-any.whl']),
    ).toEqual(['1.0: demo-1.0-10-py3-none-any.whl']);
  });

  test('never a wheel for another libc, machine or Python', () => {
    const others = [
      'demo-1.0-cp312-cp312-manylinux_2_34_x86_64.whl',
      'demo-1.0-cp312-cp312-manylinux2014_aarch64.whl',
      'demo-1.0-cp312-cp312-musllinux_1_1_x86_64.whl',
      'demo-1.0-cp311-cp311-manylinux2014_x86_64.whl',
      'demo-1.0-cp313-abi3-manylinux2014_x86_64.whl',
      'demo-1.0-cp312-cp312-win_amd64.whl',
      'demo-1.0-cp312-cp312-macosx_11_0_arm64.whl',
      'demo-1.0-py2-none-any.whl',
    ];
    expect(bestOf(others)).toEqual(['1.0: -']);
    expect(bestOf(others, alpine)).toEqual(['1.0: demo-1.0-cp312-cp312-musllinux_1_1_x86_64.whl']);
  });

  test('a free-threaded wheel on a free-threaded Python, never an abi3 wheel', () => {
    const both = ['demo-1.0-cp313-cp313t-manylinux2014_x86_64.whl', 'demo-1.0-cp38-abi3-manylinux2014_x86_64.whl'];
    expect(bestOf(both, freeThreaded)).toEqual([`1.0: ${both[0]}`]);
    expect(bestOf(both.slice(1), freeThreaded)).toEqual(['1.0: -']);
  });

  test('never a file that Requires-Python excludes; an invalid specifier is ignored', () => {
    expect(bestOf([file('demo-2.0.tar.gz', { requiresPython: '>=3.13' }), 'demo-1.0.tar.gz'])).toEqual([
      '2.0: -',
      '1.0: demo-1.0.tar.gz',
    ]);
    expect(bestOf([file('demo-1.0.tar.gz', { requiresPython: '>=3.6.*' })])).toEqual(['1.0: demo-1.0.tar.gz']);
    const candidate = { ...linux, markers: { ...linux.markers, python_full_version: '3.14.0rc1' } };
    expect(bestOf([file('demo-1.0.tar.gz', { requiresPython: '>=3.14' })], candidate)).toEqual([
      '1.0: demo-1.0.tar.gz',
    ]);
  });

  test('an sdist for one Python version only on that version', () => {
    expect(bestOf(['demo-1.0-py2.7.tar.gz'])).toEqual(['1.0: -']);
    expect(bestOf(['demo-1.0-py3.12.tar.gz'])).toEqual(['1.0: demo-1.0-py3.12.tar.gz']);
  });

  test('limited by --only-binary and --no-binary, where a name takes precedence over :all:', () => {
    const both = ['demo-1.0.tar.gz', 'demo-1.0-py3-none-any.whl'];
    const choose = (onlyBinary: string[], noBinary: string[]) =>
      bestOf(both, linux, { onlyBinary, noBinary } as never)[0];
    expect(choose([], [':all:'])).toBe('1.0: demo-1.0.tar.gz');
    expect(choose([], ['demo'])).toBe('1.0: demo-1.0.tar.gz');
    expect(choose(['demo'], [':all:'])).toBe('1.0: demo-1.0-py3-none-any.whl');
    expect(choose([':all:'], ['demo'])).toBe('1.0: demo-1.0.tar.gz');
    expect(bestOf(both.slice(0, 1), linux, { onlyBinary: [':all:'], noBinary: [] } as never)).toEqual(['1.0: -']);
  });
});

test('releases are sorted newest first, each with all its files', () => {
  const found = candidates(
    {
      name: demo,
      files: [
        file('demo-1.0.tar.gz', { uploadTime: '2020-01-02T00:00:00.000Z' }),
        file('demo-1.0.0-py3-none-any.whl', { uploadTime: '2020-01-01T00:00:00.000Z' }),
        file('demo-2.0-rc1.tar.gz'),
        file('demo-2.0rc1-cp39-cp39-win32.whl'),
        file('demo-1.10.tar.gz', { yanked: 'broken' }),
        file('unrelated.txt'),
      ],
    },
    linux,
    anyFormat,
  );
  expect(found.map(({ files, ...rest }) => ({ ...rest, best: rest.best?.kind, files: files.length }))).toEqual([
    { version: '2.0rc1', yanked: false, prerelease: true, uploadTime: undefined, best: 'sdist', files: 2 },
    { version: '1.10', yanked: true, prerelease: false, uploadTime: undefined, best: 'sdist', files: 1 },
    {
      version: '1.0',
      yanked: false,
      prerelease: false,
      uploadTime: '2020-01-01T00:00:00.000Z',
      best: 'wheel',
      files: 2,
    },
  ]);
});

test('a yanked file is chosen only when every compatible file is yanked', () => {
  const wheel = file('demo-1.0-py3-none-any.whl', { yanked: true });
  expect(bestOf([wheel, 'demo-1.0.tar.gz'])).toEqual(['1.0: demo-1.0.tar.gz']);
  expect(candidates({ name: demo, files: [wheel] }, linux, anyFormat)[0]).toMatchObject({
    yanked: true,
    best: { file: wheel },
  });
});

test('a compressed tag set does not change the rank of a wheel', () => {
  const parse = (filename: string) => parseFilename(filename, demo) as never;
  const compressed = wheelRank(parse('demo-1.0-py2.py3-none-any.whl'), linux);
  expect(compressed).toBe(wheelRank(parse('demo-1.0-py3-none-any.whl'), linux));
  expect(wheelRank(parse('demo-1.0-py2-none-any.whl'), linux)).toBeUndefined();
});

test('an empty environment supports sdists and no wheels', () => {
  const emptyEnvironment: TargetEnvironment = { implementation: '', platform: '', markers: {} };
  expect(bestOf(['demo-1.0.tar.gz', 'demo-1.0-py3-none-any.whl'], emptyEnvironment)).toEqual(['1.0: demo-1.0.tar.gz']);
});

test('5,000 files are sorted within a second', () => {
  const tags = [
    'cp312-cp312-manylinux2014_x86_64',
    'cp311-cp311-win_amd64',
    'py3-none-any',
    'cp38-abi3-macosx_11_0_arm64',
  ];
  const files = Array.from({ length: 5000 }, (_, index) => file(`demo-1.${index >> 2}-${tags[index % 4]}.whl`));
  candidates({ name: demo, files: files.slice(0, 4) }, linux, anyFormat);
  const start = performance.now();
  expect(candidates({ name: demo, files }, linux, anyFormat)).toHaveLength(1250);
  expect(performance.now() - start).toBeLessThan(1000);
});

test.each([
  [
    'tags in large sets',
    100,
    (at: number) => {
      const tags = Array.from({ length: 50 }, (_, each) => `t${each}`).join('.');
      return `demo-${at}-${tags}.py3-${tags}.none-${tags}.any.whl`;
    },
  ],
  ['hundreds of separators', 2000, (at: number) => `demo${'_-'.repeat(240)}${at}.tar.gz`],
  ['long versions', 2000, (at: number) => `demo-${'1.'.repeat(120)}${at}.tar.gz`],
])('names with %s take no longer than others', (_, count, filename) => {
  const files = Array.from({ length: count }, (_, at) => file(filename(at)));
  const start = performance.now();
  candidates({ name: demo, files }, linux, anyFormat);
  expect(performance.now() - start).toBeLessThan(1000);
});

test('the candidates that are read in slices are the same', async () => {
  const files = ['demo-1.0.tar.gz', 'demo-1.0.0-py3-none-any.whl', 'demo-2.0rc1.zip', 'demo-weird.zip'].map((name) =>
    file(name),
  );
  const page = { name: demo, files };
  expect(await candidatesInSlices(page, linux, anyFormat)).toEqual(candidates(page, linux, anyFormat));
});
