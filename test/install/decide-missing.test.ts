import { describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, TargetEnvironment } from '../../src/index/types.ts';
import { decideMissing, type MissingInput } from '../../src/install/decide-missing.ts';
import type { ObservedPage } from '../../src/relay/types.ts';

const twoLines = (requirement: string, indent = '') =>
  `${indent}ERROR: Could not find a version that satisfies the requirement ${requirement} (from versions: none)\n` +
  `${indent}ERROR: No matching distribution found for ${requirement}\n`;

function file(filename: string, overrides: Partial<IndexFile> = {}): IndexFile {
  return { filename, url: `https://index.invalid/${filename}`, hashes: { sha256: '0' }, yanked: false, ...overrides };
}

function observedOf(pages: Record<string, number | readonly IndexFile[]>): MissingInput['observed'] {
  const entries = Object.entries(pages).map(([typed, page]) => {
    const name = normaliseName(typed);
    const observed: ObservedPage =
      typeof page === 'number' ? { status: page } : { status: 200, page: { name, files: page } };
    return [name, observed] as const;
  });
  return { pages: new Map(entries) };
}

function decide(
  stderr: string,
  pages: Parameters<typeof observedOf>[0],
  overrides: Partial<MissingInput> = {},
  exitCode = 1,
) {
  return decideMissing({
    run: { exitCode, interrupted: false, stderr },
    observed: observedOf(pages),
    verb: 'install',
    ...overrides,
  });
}

const linux: TargetEnvironment = {
  markers: {
    python_version: '3.11',
    python_full_version: '3.11.7',
    implementation_name: 'cpython',
    sys_platform: 'linux',
  },
  implementation: 'cpython',
  platform: 'linux_x86_64',
};
const none = { kind: 'none' };
const noFittingFile = { kind: 'vet-roots', reason: 'no-fitting-file' };

describe('what is missing', () => {
  test('is the project whose page was 404, with the specifier that pip names', () => {
    expect(decide(twoLines('No.Pe[x]<2,>=1'), { 'no-pe': 404 })).toEqual({
      kind: 'missing',
      requirements: ['no-pe[x]<2,>=1'],
    });
  });

  test('is the release of each file that a lock file pins and no page lists', () => {
    const { pages } = observedOf({ there: [file('there-1.0.tar.gz')], gone: 404 });
    const unlistedFiles = ['there-2.0-py3-none-any.whl', 'gone-1.0.tar.gz', 'never-1.0.tar.gz', 'no file name'];
    const run = { exitCode: 1, interrupted: false, stderr: '' };
    const requirements = ['gone', 'there==2.0'];
    expect(decideMissing({ run, verb: 'install', observed: { pages, unlistedFiles } })).toEqual({
      kind: 'missing',
      requirements,
    });
  });

  test('is every project whose page was 404, by name where pip names no requirement', () => {
    expect(decide('', { one: 404, two: 404, there: [file('there-1.0.tar.gz')] })).toEqual({
      kind: 'missing',
      requirements: ['one', 'two'],
    });
  });

  test('is a version that the served page does not list, also when a nested build lacks it', () => {
    const expected = { kind: 'missing', requirements: ['alpha>=9'] };
    expect(decide(twoLines('alpha>=9'), { alpha: [file('alpha-1.0.tar.gz')] })).toEqual(expected);
    expect(decide(twoLines('alpha>=9', '      '), { alpha: [file('alpha-1.0.tar.gz')] })).toEqual(expected);
  });

  test('is named once, however often pip names it', () => {
    const output = twoLines('nope') + twoLines('nope');
    expect(decide(output, { nope: 404 })).toEqual({ kind: 'missing', requirements: ['nope'] });
  });
});

describe('nothing is missing', () => {
  test.each([401, 403, 429, 500, 503, 0])('when the page was not available: status %i', (status) => {
    expect(decide(twoLines('alpha'), { alpha: status })).toEqual(none);
  });

  test('when the page was unreadable', () => {
    const pages = new Map([[normaliseName('alpha'), { status: 200 }]]);
    const run = { exitCode: 1, interrupted: false, stderr: twoLines('alpha') };
    expect(decideMissing({ run, observed: { pages } })).toEqual(none);
  });

  test('when a build script prints the name of a project that was not requested', () => {
    expect(decide(twoLines('attacker-chosen==6.6.6', '  '), { alpha: [file('alpha-1.0.tar.gz')] })).toEqual(none);
  });

  test('after success, after an interruption, and after a signal', () => {
    expect(decide(twoLines('nope'), { nope: 404 }, {}, 0)).toEqual(none);
    expect(decide(twoLines('nope'), { nope: 404 }, {}, 143)).toEqual(none);
    expect(decide(`${twoLines('nope')}ERROR: Operation cancelled by user\n`, { nope: 404 })).toEqual(none);
    const run = { exitCode: 1, interrupted: true, stderr: twoLines('nope') };
    expect(decideMissing({ run, observed: observedOf({ nope: 404 }) })).toEqual(none);
  });

  test('for a verb that installs nothing', () => {
    expect(decide(twoLines('nope'), { nope: 404 }, { verb: 'list' })).toEqual(none);
  });

  test('when only the check for a newer pip was 404, unless pip is required', () => {
    expect(decide('ERROR: something else', { pip: 404 })).toEqual(none);
    expect(decide(twoLines('pip>=99'), { pip: 404 })).toEqual({ kind: 'missing', requirements: ['pip>=99'] });
  });

  test('for a direct reference or an invalid requirement', () => {
    expect(decide(twoLines('nope @ https://elsewhere/x.whl') + twoLines('!!'), { nope: [] })).toEqual(none);
  });

  test('when releases exist and the interpreter is unknown', () => {
    expect(decide(twoLines('win'), { win: [file('win-1.0-cp311-cp311-win_amd64.whl')] })).toEqual(none);
  });
});

describe('the roots are vetted', () => {
  test('after a conflict, for which pip names no cause', () => {
    const stderr = 'ERROR: Cannot install a and b\nERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n';
    expect(decide(stderr, { a: [file('a-1.0.tar.gz')] })).toEqual({ kind: 'vet-roots', reason: 'conflict' });
    expect(decide(stderr, { a: 404 })).toEqual({ kind: 'missing', requirements: ['a'] });
  });

  test.each([
    ['another platform', 'alpha', [file('alpha-1.0-cp311-cp311-win_amd64.whl')]],
    ['another Python', 'alpha', [file('alpha-1.0.tar.gz', { requiresPython: '>=3.99' })]],
    ['withdrawn', 'alpha', [file('alpha-1.0.tar.gz', { yanked: 'broken' })]],
    ['not final', 'alpha>0.5', [file('alpha-1.0a1.tar.gz')]],
  ])('when the only releases are for %s', (_, requirement, files) => {
    expect(decide(twoLines(requirement), { alpha: files }, { environment: linux })).toEqual(noFittingFile);
  });

  test('when there are only sdists and only wheels are allowed', () => {
    const formatControl = { onlyBinary: [':all:'], noBinary: [] };
    const pages = { alpha: [file('alpha-1.0.tar.gz')] };
    expect(decide(twoLines('alpha'), pages, { environment: linux, options: { formatControl } })).toEqual(noFittingFile);
    expect(decide(twoLines('alpha'), pages, { environment: linux })).toEqual(none);
  });

  test('when the constraints exclude every release', () => {
    const pages = { alpha: [file('alpha-1.0.tar.gz')] };
    expect(decide(twoLines('alpha'), pages, { options: { constraints: ['Alpha==5.0'] } })).toEqual(noFittingFile);
    expect(decide(twoLines('alpha'), pages, { options: { constraints: ['other==5.0'] } })).toEqual(none);
  });
});
