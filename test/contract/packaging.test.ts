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
import { marker, nearVersion, plainVersion, requirement, specifier, version } from '../index/arbitraries.ts';

const python = process.env.TEST_PYTHON ?? 'python3';
const known = spawnSync(python, ['-I', '-c', 'from pip._vendor import packaging; print(packaging.__version__)']);
const packagingVersion = known.status === 0 ? known.stdout.toString().trim() : undefined;
/** Up to 21 `packaging` compared release prefixes without padding and knew versions that are none. */
const isOld = packagingVersion !== undefined && compareVersions(packagingVersion, '22') < 0;

function ask(questions: Record<string, readonly unknown[]>): Record<string, unknown[]> {
  const script = path.join(import.meta.dirname, 'packaging.py');
  const run = spawnSync(python, ['-I', script], { input: JSON.stringify(questions), maxBuffer: 1 << 28 });
  expect(run.stderr.toString()).toBe('');
  return JSON.parse(run.stdout.toString());
}

/** The same cases every time, unless another seed is given. */
function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { numRuns, seed: Number(process.env.SEED ?? 440) });
}

/** Where `packaging` changed its own mind, we are with the one or the other. */
function isDisputed({ version, specifier }: { version: string; specifier: string }): boolean {
  // Up to 21, prefixes were compared without padding, and an epoch of 0 was another than none.
  if (isOld) return /\.\*|~=/.test(specifier) && (/[a-z]/.test(version) || specifier.includes('!'));
  // From 26.1 on, `<1.post1` takes 1.dev1, and `>1rc1` takes 1.post1.
  return /[<>]\s*[^=,]*[a-z]/.test(specifier);
}

/** Where two lists of answers to the same cases differ: an empty list is what is wanted. */
function differences(cases: readonly unknown[], ours: readonly unknown[], theirs: readonly unknown[] | undefined) {
  return cases
    .map((each, index) => ({ case: each, ours: ours[index], theirs: theirs?.[index] }))
    .filter(({ ours, theirs }) => JSON.stringify(ours) !== JSON.stringify(theirs));
}

const unicodeIsDifferent = (text: string): boolean => /[^\x20-\x7e]/.test(text);

describe.skipIf(packagingVersion === undefined)(`as the packaging ${packagingVersion} inside pip has it`, () => {
  test('the same texts are versions, with the same normal form', () => {
    const texts = [
      ...sample(version, 1500),
      ...sample(nearVersion, 1500),
      ...sample(fc.string({ maxLength: 12 }), 300),
    ].filter((text) => !unicodeIsDifferent(text));
    const { versions } = ask({ versions: texts });
    const ours = texts.map((text) =>
      isVersion(text) ? { normal: normaliseVersion(text), prerelease: isPrerelease(text) } : null,
    );
    expect(differences(texts, ours, versions)).toEqual([]);
  });

  test('versions come in the same order', () => {
    const pairs = [...sample(fc.tuple(version, version), 1500), ...sample(fc.tuple(plainVersion, plainVersion), 3000)];
    const { comparisons } = ask({ comparisons: pairs });
    const ours = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
    expect(differences(pairs, ours, comparisons)).toEqual([]);
  });

  test('the same texts are specifiers', () => {
    const operators = fc.constantFrom('==', '!=', '~=', '<=', '>=', '<', '>', '===', '=', '=>', '');
    const odd = fc.tuple(operators, fc.oneof(nearVersion, version)).map((parts) => parts.join(''));
    const texts = [...sample(specifier, 1000), ...sample(odd, 2000)].filter((text) => !unicodeIsDifferent(text));
    // Until 22 a prefix could have a pre-release or more in it: `==1.0a1.*`.
    const agreed = texts.filter((text) => !(isOld && text.includes('.*')));
    const { specifiers } = ask({ specifiers: agreed });
    expect(differences(agreed, agreed.map(isSpecifier), specifiers)).toEqual([]);
  });

  test('the same versions satisfy the same specifiers', () => {
    const cases = sample(fc.record({ version: plainVersion, specifier }), 12_000).filter((each) => !isDisputed(each));
    const { contained } = ask({ contained: cases });
    const ours = cases.map((each) => satisfies(each.version, each.specifier, { prereleases: true }));
    expect(differences(cases, ours, contained)).toEqual([]);
  });

  test('the same markers hold', () => {
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
      // Extras were compared as texts until 22 (PEP 685).
      .filter((each) => !(isOld && each.marker.includes('extra')))
      .map((each) => ({ ...each, environment }));
    const { markers } = ask({ markers: cases });
    const ours = cases.map((each) => {
      const tree = parseMarker(each.marker);
      return tree === undefined ? null : evaluateMarker(tree, target, each.extra);
    });
    expect(differences(cases, ours, markers)).toEqual([]);
  });

  test('requirements are read alike', () => {
    // Until 22 empty brackets were none; by the grammar `===` takes a comma for its own, on an index it never does.
    const texts = sample(requirement, 3000).filter((text) => !(isOld && /\(\s*\)/.test(text)) && !text.includes('==='));
    const { requirements } = ask({ requirements: texts });
    const ours = texts.map((text) => {
      const found = parseRequirement(text);
      if (found === undefined) return null;
      const { name, extras, specifier, url = null, marker } = found;
      return {
        name,
        extras: [...extras].sort(),
        specifier: clauses(specifier.split(',')),
        url,
        marked: marker !== undefined,
      };
    });
    const theirs = requirements?.map((found) => {
      if (found === null) return null;
      const { specifier, ...rest } = found as { specifier: string[]; extras: string[] };
      const { name, extras, url, marked } = rest as Record<string, unknown> & { extras: string[] };
      return { name, extras: [...new Set(extras)], specifier: clauses(specifier), url, marked };
    });
    expect(differences(texts, ours, theirs)).toEqual([]);
  });

  test("this machine's own Python takes the same tags, in the same order", () => {
    const probe = `import json,sys,sysconfig,platform
name,ver=platform.libc_ver()
print(json.dumps({"platform":sysconfig.get_platform().replace("-","_").replace(".","_"),
 "libc":{"name":"glibc","version":ver} if name=="glibc" else None}))`;
    const { platform, libc } = JSON.parse(spawnSync(python, ['-I', '-c', probe]).stdout.toString());
    const { own = [], environment } = ask({ own: [null] });
    const markers = environment as unknown as Record<string, string>;
    const implementation = markers.implementation_name ?? '';
    const tags = [...supportedTags({ markers, implementation, platform, libc: libc ?? undefined }).keys()];
    // Where bare `linux_…` tags stand has changed (packaging 26.3); no index has such wheels.
    const portable = (texts: readonly string[]): string[] => texts.filter((text) => !/-linux_\w+$/.test(text));
    const theirs = [...new Set(own[0] as string[])];
    expect(portable(tags)).toEqual(portable(theirs));
    expect([...tags].sort()).toEqual([...theirs].sort());
  });

  const elsewhere: readonly TargetPython[] = [
    { version: '3.12', platforms: ['manylinux2014_x86_64'], implementation: 'cp' },
    { version: '3.9', platforms: ['manylinux2010_i686', 'linux_i686'], implementation: 'cp', abis: ['cp39', 'abi3'] },
    { version: '3.13', platforms: ['manylinux_2_28_aarch64', 'manylinux2014_aarch64'], implementation: 'cp' },
    // Before 24, nobody knew of a Python without the GIL.
    ...(isOld ? [] : [{ version: '3.13', platforms: ['win_amd64'], implementation: 'cp', abis: ['cp313t'] }]),
    { version: '3.11', platforms: ['macosx_12_0_arm64'], implementation: 'cp' },
    { version: '3.6', platforms: ['macosx_10_9_x86_64'], implementation: 'cp' },
    { version: '3', platforms: ['win32', 'any'], implementation: 'cp' },
    { version: '2.7', platforms: ['win32'], implementation: 'py', abis: ['none'] },
    { version: '3.10', platforms: ['win_amd64'], implementation: 'pp', abis: ['pypy310_pp73'] },
  ];
  test.each(elsewhere)('a Python elsewhere takes the same tags, in the same order: %j', (target) => {
    const { asked = [] } = ask({ asked: [{ ...target, version: target.version?.replace('.', '') }] });
    const { environment } = ask({});
    const markers = environment as unknown as Record<string, string>;
    const here = { markers, implementation: 'cpython', platform: 'linux_x86_64', target };
    const tags = [...supportedTags(here).keys()];
    expect(tags).toEqual([...new Set((asked[0] as string[]).map((tag) => tag.replace(/fat3$/, 'fat32')))]);
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
  const unvetted = [
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
  test.each(unvetted)('$title takes the same tags, in the same order', ({ case: question, environment }) => {
    const { tags = [] } = ask({ tags: [question] });
    // What was fat32 is fat3 since 26; no index has such wheels.
    const theirs = (tags[0] as string[]).map((tag) => tag.replace(/fat3$/, 'fat32'));
    expect([...supportedTags(environment).keys()]).toEqual([...new Set(theirs)]);
  });
});

/** `packaging` writes a specifier's blanks and order its own way. */
function clauses(specifier: readonly string[]): string[] {
  return [...new Set(specifier.map((each) => each.replace(/\s+/g, '')))].filter((each) => each !== '').sort();
}
