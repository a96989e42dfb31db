import type { ParsedWheel } from './filename.ts';
import { platformTags } from './platform-tags.ts';
import type { TargetEnvironment } from './types.ts';

/**
 * How much pip likes a wheel for an interpreter: higher is better; undefined when it does not fit at all.
 *
 * Ranks of one environment are comparable with each other: first by tag, then by build number (PEP 425, PEP 427).
 */
export function wheelRank(wheel: ParsedWheel, environment: TargetEnvironment): number | undefined {
  const tags = supportedTags(environment);
  let best: number | undefined;
  for (const python of wheel.pythonTags)
    for (const abi of wheel.abiTags)
      for (const platform of wheel.platformTags) {
        const place = tags.get(`${python}-${abi}-${platform}`);
        if (place !== undefined && (best === undefined || place < best)) best = place;
      }
  if (best === undefined) return undefined;
  // Any build number beats none, and stays below the next tag.
  const build = wheel.build === undefined ? 0 : 1 - 1 / (wheel.build.number + 2);
  return tags.size - best + build;
}

const remembered = new Map<string, ReadonlyMap<string, number>>();
const mostRemembered = 32;

/** Every tag an interpreter takes, with its place in pip's order of preference, 0 the best. */
export function supportedTags(environment: TargetEnvironment): ReadonlyMap<string, number> {
  const { markers, implementation, platform, libc, freeThreaded } = environment;
  const { python_version, implementation_version, platform_release, platform_machine } = markers;
  const parts = [implementation, platform, libc?.name, libc?.version, freeThreaded, python_version];
  const key = JSON.stringify([...parts, implementation_version, platform_release, platform_machine]);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const places = new Map<string, number>();
  for (const tag of listTags(environment)) if (!places.has(tag)) places.set(tag, places.size);
  if (remembered.size >= mostRemembered) remembered.clear();
  remembered.set(key, places);
  return places;
}

type Python = { readonly major: number; readonly minor: number };

function listTags(environment: TargetEnvironment): string[] {
  const python = pythonVersion(environment);
  if (python === undefined) return [];
  const platforms = platformTags(environment);
  const own = environment.implementation === 'cpython' ? cpythonTags : otherTags;
  return [...own(python, platforms, environment), ...pureTags(python, platforms, interpreterTag(python, environment))];
}

function pythonVersion({ markers }: TargetEnvironment): Python | undefined {
  const [, major, minor] = /^([23])\.(\d{1,2})$/.exec(markers.python_version ?? '') ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

const shortNames: Readonly<Record<string, string>> = { cpython: 'cp', pypy: 'pp', ironpython: 'ip', jython: 'jy' };

function interpreterTag({ major, minor }: Python, { implementation }: TargetEnvironment): string {
  return `${Object.hasOwn(shortNames, implementation) ? shortNames[implementation] : implementation}${major}${minor}`;
}

function* cpythonTags(python: Python, platforms: readonly string[], environment: TargetEnvironment): Generator<string> {
  const { major, minor } = python;
  const interpreter = `cp${major}${minor}`;
  for (const platform of platforms) yield `${interpreter}-${cpythonAbi(python, environment)}-${platform}`;
  const stable = stableAbi(python, environment);
  if (stable !== undefined) for (const platform of platforms) yield `${interpreter}-${stable}-${platform}`;
  for (const platform of platforms) yield `${interpreter}-none-${platform}`;
  if (stable === undefined) return;
  for (let older = minor - 1; older > 1; older -= 1)
    for (const platform of platforms) yield `cp${major}${older}-${stable}-${platform}`;
}

function cpythonAbi({ major, minor }: Python, { freeThreaded, platform }: TargetEnvironment): string {
  const interpreter = `cp${major}${minor}`;
  if (major === 2) return `${interpreter}${platform.startsWith('linux') ? 'mu' : 'm'}`;
  if (minor < 8) return `${interpreter}m`;
  return freeThreaded === true ? `${interpreter}t` : interpreter;
}

/** `abi3` from 3.2 on, but not without the GIL, where 3.15 brings `abi3t`. */
function stableAbi({ major, minor }: Python, { freeThreaded }: TargetEnvironment): string | undefined {
  if (major !== 3 || minor < 2) return undefined;
  if (freeThreaded !== true) return 'abi3';
  return minor >= 15 ? 'abi3t' : undefined;
}

/** PyPy's ABI is named for both its versions, `pypy310_pp73`; of other interpreters only `none` is known. */
function* otherTags(python: Python, platforms: readonly string[], environment: TargetEnvironment): Generator<string> {
  const [, release = '', patch = ''] = /^(\d+)\.(\d+)/.exec(environment.markers.implementation_version ?? '') ?? [];
  const abi = `pypy${python.major}${python.minor}_pp${release}${patch}`;
  for (const each of environment.implementation === 'pypy' ? [abi, 'none'] : ['none'])
    for (const platform of platforms) yield `${interpreterTag(python, environment)}-${each}-${platform}`;
}

function* pureTags(python: Python, platforms: readonly string[], interpreter: string): Generator<string> {
  const versions = pythonTags(python);
  for (const version of versions) for (const platform of platforms) yield `${version}-none-${platform}`;
  yield `${interpreter}-none-any`;
  for (const version of versions) yield `${version}-none-any`;
}

/** `py312`, `py3`, then every older minor. */
function pythonTags({ major, minor }: Python): readonly string[] {
  const older = Array.from({ length: minor }, (_, index) => `py${major}${minor - 1 - index}`);
  return [`py${major}${minor}`, `py${major}`, ...older];
}
