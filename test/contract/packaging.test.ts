import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateMarker, parseMarker } from '../../src/index/markers.ts';
import { parseRequirement } from '../../src/index/requirement.ts';
import { supportedTags } from '../../src/index/tags.ts';
import type { TargetEnvironment, TargetPython } from '../../src/index/types.ts';
import {
  compareVersions,
  isPrerelease,
  isSpecifier,
  isVersion,
  normaliseVersion,
  satisfies,
} from '../../src/index/versions.ts';
import { almostVersion, marker, plainVersion, requirement, specifier, version } from '../index/arbitraries.ts';

const python = process.env.TEST_PYTHON ?? 'python3';
const packagingProbe = spawnSync(python, [
  '-I',
  '-c',
  'from pip._vendor import packaging; print(packaging.__version__)',
]);
const packagingVersion = packagingProbe.status === 0 ? packagingProbe.stdout.toString().trim() : undefined;
/** Before version 22, `packaging` compared release prefixes without padding and accepted some invalid versions. */
const isOld = packagingVersion !== undefined && compareVersions(packagingVersion, '22') < 0;

function evaluateWithPackaging(cases: Record<string, readonly unknown[]>): Record<string, unknown[]> {
  const script = path.join(import.meta.dirname, 'packaging.py');
  const run = spawnSync(python, ['-I', script], { input: JSON.stringify(cases), maxBuffer: 1 << 28 });
  expect(run.stderr.toString()).toBe('');
  return JSON.parse(run.stdout.toString());
}

/** Returns the same cases in every run, unless `SEED` is set. */
function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { numRuns, seed: Number(process.env.SEED ?? 440) });
}

/** Checks whether two releases of `packaging` disagree about a case. */
function isDisputed({ version, specifier }: { version: string; specifier: string }): boolean {
  // Before 22, prefixes were compared without padding, and an epoch of 0 differed from no epoch.
  if (isOld) return /\.\*|~=/.test(specifier) && (/[a-z]/.test(version) || specifier.includes('!'));
  // Since 26.1, `<1.post1` accepts 1.dev1, and `>1rc1` accepts 1.post1.
  return /[<>]\s*[^=,]*[a-z]/.test(specifier);
}

/** Returns the cases in which the two results differ. An empty list means that they agree. */
function differences(cases: readonly unknown[], actual: readonly unknown[], expected: readonly unknown[] | undefined) {
  return cases
    .map((each, index) => ({ case: each, actual: actual[index], expected: expected?.[index] }))
    .filter(({ actual, expected }) => JSON.stringify(actual) !== JSON.stringify(expected));
}

const hasNonAscii = (text: string): boolean => /[^\x20-\x7e]/.test(text);

describe.skipIf(packagingVersion === undefined)(`compared with packaging ${packagingVersion} inside pip`, () => {
  test('the same texts are versions, with the same normal form', () => {
    const texts = [
      ...sample(version, 1500),
      ...sample(almostVersion, 1500),
      ...sample(fc.string({ maxLength: 12 }), 300),
    ].filter((text) => !hasNonAscii(text));
    const { versions } = evaluateWithPackaging({ versions: texts });
    const actual = texts.map((text) =>
      isVersion(text) ? { normal: normaliseVersion(text), prerelease: isPrerelease(text) } : null,
    );
    expect(differences(texts, actual, versions)).toEqual([]);
  });

  test('versions sort in the same order', () => {
    const pairs = [...sample(fc.tuple(version, version), 1500), ...sample(fc.tuple(plainVersion, plainVersion), 3000)];
    const { comparisons } = evaluateWithPackaging({ comparisons: pairs });
    const actual = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
    expect(differences(pairs, actual, comparisons)).toEqual([]);
  });

  test('the same texts are specifiers', () => {
    const operators = fc.constantFrom('==', '!=', '~=', '<=', '>=', '<', '>', '===', '=', '=>', '');
    const odd = fc.tuple(operators, fc.oneof(almostVersion, version)).map((parts) => parts.join(''));
    const texts = [...sample(specifier, 1000), ...sample(odd, 2000)].filter((text) => !hasNonAscii(text));
    // Before 22, a prefix could contain a pre-release: `==1.0a1.*`.
    const agreed = texts.filter((text) => !(isOld && text.includes('.*')));
    const { specifiers } = evaluateWithPackaging({ specifiers: agreed });
    expect(differences(agreed, agreed.map(isSpecifier), specifiers)).toEqual([]);
  });

  test('the same versions satisfy the same specifiers', () => {
    const cases = sample(fc.record({ version: plainVersion, specifier }), 12_000).filter((each) => !isDisputed(each));
    const { contained } = evaluateWithPackaging({ contained: cases });
    const actual = cases.map((each) => satisfies(each.version, each.specifier, { prereleases: true }));
    expect(differences(cases, actual, contained)).toEqual([]);
  });

  test('the same markers evaluate to true', () => {
    const environment = {
      python_version: '3.12',
      python_full_version: '3.12.1',
      implementation_version: '3.12.1',
      implementation_name: 'cpython',
      os_name: 'posix',
      sys_platform: 'linux',
      platform_machine: 'x86_64',
      platform_system: 'Linux',
    };
    const target: TargetEnvironment = { markers: environment, implementation: 'cpython', platform: 'linux_x86_64' };
    const extra = fc.constantFrom('', 'test', 'Some.Extra');
    const cases = sample(fc.record({ marker, extra }), 3000)
      // Before 22, extras were compared as plain text (PEP 685).
      .filter((each) => !(isOld && each.marker.includes('extra')))
      .map((each) => ({ ...each, environment }));
    const { markers } = evaluateWithPackaging({ markers: cases });
    const actual = cases.map((each) => {
      const tree = parseMarker(each.marker);
      return tree === undefined ? null : evaluateMarker(tree, target, each.extra);
    });
    expect(differences(cases, actual, markers)).toEqual([]);
  });

  test('requirements are parsed alike', () => {
    // Before 22, empty brackets were invalid. By the grammar, the operand of `===` may contain a comma, but no index
    // has such versions.
    const texts = sample(requirement, 3000).filter((text) => !(isOld && /\(\s*\)/.test(text)) && !text.includes('==='));
    const { requirements } = evaluateWithPackaging({ requirements: texts });
    const actual = texts.map((text) => {
      const parsed = parseRequirement(text);
      if (parsed === undefined) return null;
      const { name, extras, specifier, url = null, marker } = parsed;
      return {
        name,
        extras: [...extras].sort(),
        specifier: clauses(specifier.split(',')),
        url,
        marked: marker !== undefined,
      };
    });
    const expected = requirements?.map((parsed) => {
      if (parsed === null) return null;
      const { specifier, ...rest } = parsed as { specifier: string[]; extras: string[] };
      const { name, extras, url, marked } = rest as Record<string, unknown> & { extras: string[] };
      return { name, extras: [...new Set(extras)], specifier: clauses(specifier), url, marked };
    });
    expect(differences(texts, actual, expected)).toEqual([]);
  });

  test('the running Python supports the same tags in the same order', () => {
    const probe = `import json,sys,sysconfig,platform
name,ver=platform.libc_ver()
print(json.dumps({"platform":sysconfig.get_platform().replace("-","_").replace(".","_"),
 "libc":{"name":"glibc","version":ver} if name=="glibc" else None}))`;
    const { platform, libc } = JSON.parse(spawnSync(python, ['-I', '-c', probe]).stdout.toString());
    const { ownTags = [], environment } = evaluateWithPackaging({ ownTags: [null] });
    const markers = environment as unknown as Record<string, string>;
    const implementation = markers.implementation_name ?? '';
    const tags = [...supportedTags({ markers, implementation, platform, libc: libc ?? undefined }).keys()];
    // The position of bare `linux_…` tags changed in packaging 26.3. No index has such wheels.
    const portable = (texts: readonly string[]): string[] => texts.filter((text) => !/-linux_\w+$/.test(text));
    const expected = [...new Set(ownTags[0] as string[])];
    expect(portable(tags)).toEqual(portable(expected));
    expect([...tags].sort()).toEqual([...expected].sort());
  });

  const otherPythons: readonly TargetPython[] = [
    { version: '3.12', platforms: ['manylinux2014_x86_64'], implementation: 'cp' },
    { version: '3.9', platforms: ['manylinux2010_i686', 'linux_i686'], implementation: 'cp', abis: ['cp39', 'abi3'] },
    { version: '3.13', platforms: ['manylinux_2_28_aarch64', 'manylinux2014_aarch64'], implementation: 'cp' },
    // Before 24, `packaging` did not support free-threaded Python.
    ...(isOld ? [] : [{ version: '3.13', platforms: ['win_amd64'], implementation: 'cp', abis: ['cp313t'] }]),
    { version: '3.11', platforms: ['macosx_12_0_arm64'], implementation: 'cp' },
    { version: '3.6', platforms: ['macosx_10_9_x86_64'], implementation: 'cp' },
    { version: '3', platforms: ['win32', 'any'], implementation: 'cp' },
    { version: '2.7', platforms: ['win32'], implementation: 'py', abis: ['none'] },
    { version: '3.10', platforms: ['win_amd64'], implementation: 'pp', abis: ['pypy310_pp73'] },
  ];
  test.each(otherPythons)('another Python supports the same tags in the same order: %j', (target) => {
    const { requestedTags = [] } = evaluateWithPackaging({
      requestedTags: [{ ...target, version: target.version?.replace('.', '') }],
    });
    const { environment } = evaluateWithPackaging({});
    const markers = environment as unknown as Record<string, string>;
    const otherPython = { markers, implementation: 'cpython', platform: 'linux_x86_64', target };
    const tags = [...supportedTags(otherPython).keys()];
    expect(tags).toEqual([...new Set((requestedTags[0] as string[]).map((tag) => tag.replace(/fat3$/, 'fat32')))]);
  });

  const target = (
    implementation: string,
    platform: string,
    [major, minor]: readonly [number, number],
    markers: Record<string, string> = {},
  ): TargetEnvironment => ({
    implementation,
    platform,
    markers: { python_version: `${major}.${minor}`, implementation_version: `${major}.${minor}.1`, ...markers },
  });
  const environments = [
    {
      title: 'Windows',
      case: { python: [3, 12], abis: ['cp312'], platforms: ['win_amd64'], interpreter: 'cp312' },
      environment: target('cpython', 'win_amd64', [3, 12]),
    },
    {
      title: 'macOS 14 on arm64, with a Python built for macOS 11',
      case: { python: [3, 11], abis: ['cp311'], mac: { version: [14, 0], machine: 'arm64' }, interpreter: 'cp311' },
      environment: target('cpython', 'macosx_11_0_arm64', [3, 11], {
        platform_release: '23.1.0',
        platform_machine: 'arm64',
      }),
    },
    {
      title: 'macOS 12 on Intel, with a universal Python built for macOS 10.9',
      case: { python: [3, 9], abis: ['cp39'], mac: { version: [12, 0], machine: 'x86_64' }, interpreter: 'cp39' },
      environment: target('cpython', 'macosx_10_9_universal2', [3, 9], {
        platform_release: '21.6.0',
        platform_machine: 'x86_64',
      }),
    },
    {
      title: 'macOS 10.14',
      case: { python: [3, 7], abis: ['cp37m'], mac: { version: [10, 14], machine: 'x86_64' }, interpreter: 'cp37' },
      environment: target('cpython', 'macosx_10_9_x86_64', [3, 7], {
        platform_release: '18.7.0',
        platform_machine: 'x86_64',
      }),
    },
    {
      title: 'PyPy',
      case: { python: [3, 10], abis: ['pypy310_pp73'], platforms: ['win_amd64'], interpreter: 'pp310' },
      environment: target('pypy', 'win_amd64', [3, 10], { implementation_version: '7.3.16' }),
    },
  ];
  test.each(environments)('$title supports the same tags in the same order', ({ case: packagingCase, environment }) => {
    const { tags = [] } = evaluateWithPackaging({ tags: [packagingCase] });
    // Since 26, fat32 is called fat3. No index has such wheels.
    const expected = (tags[0] as string[]).map((tag) => tag.replace(/fat3$/, 'fat32'));
    expect([...supportedTags(environment).keys()]).toEqual([...new Set(expected)]);
  });
});

/** Normalises whitespace and order, which `packaging` renders differently. */
function clauses(specifier: readonly string[]): string[] {
  return [...new Set(specifier.map((each) => each.replace(/\s+/g, '')))].filter((each) => each !== '').sort();
}
