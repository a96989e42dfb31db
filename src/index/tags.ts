import type { ParsedWheel } from './filename.ts';
import { platformTags } from './platform-tags.ts';
import type { TargetEnvironment } from './types.ts';

/**
 * Returns the preference of pip for a wheel: higher is better, undefined when the wheel is incompatible.
 *
 * Ranks for one environment are comparable: first by tag (PEP 425), then by build number (PEP 427).
 */
export function wheelRank(wheel: ParsedWheel, environment: TargetEnvironment): number | undefined {
  const tags = supportedTags(environment);
  let best: number | undefined;
  const known = knownParts(tags);
  for (const python of known.pythons(wheel.pythonTags))
    for (const abi of known.abis(wheel.abiTags))
      for (const platform of known.platforms(wheel.platformTags)) {
        const rank = tags.get(`${python}-${abi}-${platform}`);
        if (rank !== undefined && (best === undefined || rank < best)) best = rank;
      }
  if (best === undefined) return undefined;
  // A build number ranks above none, but below the next tag.
  const build = wheel.build === undefined ? 0 : 1 - 1 / (wheel.build.number + 2);
  return tags.size - best + build;
}

/** Selects the parts of a wheel's tags that occur in supported tags. */
type KnownParts = Readonly<Record<'pythons' | 'abis' | 'platforms', (parts: readonly string[]) => Iterable<string>>>;

const partsByTags = new WeakMap<ReadonlyMap<string, number>, KnownParts>();

/** Returns the filters for supported tags. Without them, the product of three sets of tags can be very large. */
function knownParts(tags: ReadonlyMap<string, number>): KnownParts {
  const cached = partsByTags.get(tags);
  if (cached !== undefined) return cached;
  const split = [...tags.keys()].map((tag) => tag.split('-'));
  const select = (position: number) => {
    const supported = new Set(split.map((parts) => parts[position] ?? ''));
    return (parts: readonly string[]) => new Set(parts.filter((part) => supported.has(part)));
  };
  const known = { pythons: select(0), abis: select(1), platforms: select(2) };
  partsByTags.set(tags, known);
  return known;
}

const cache = new Map<string, ReadonlyMap<string, number>>();
const maxCached = 32;

/** Returns every tag that an interpreter supports, with its position in pip's order of preference. 0 is the best. */
export function supportedTags(environment: TargetEnvironment): ReadonlyMap<string, number> {
  const { markers, implementation, platform, libc, freeThreaded, target } = environment;
  const { python_version, implementation_version, platform_release, platform_machine } = markers;
  const parts = [implementation, platform, libc?.name, libc?.version, freeThreaded, python_version];
  const key = JSON.stringify([...parts, implementation_version, platform_release, platform_machine, target]);
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const positions = new Map<string, number>();
  for (const tag of listTags(environment)) if (!positions.has(tag)) positions.set(tag, positions.size);
  if (cache.size >= maxCached) cache.clear();
  cache.set(key, positions);
  return positions;
}

/** A Python version. `--python-version 3` has no minor version. */
type Python = { readonly major: number; readonly minor: number | undefined };

function listTags(environment: TargetEnvironment): string[] {
  const python = pythonOf(environment);
  if (python === undefined) return [];
  const platforms = platformTags(environment);
  const interpreter = interpreterTag(python, environment);
  const listImplementationTags = interpreter.startsWith('cp') ? cpythonTags : otherTags;
  return [...listImplementationTags(python, platforms, environment), ...pureTags(python, platforms, interpreter)];
}

function pythonOf(environment: TargetEnvironment): Python | undefined {
  const [, major, minor] = /^([23])(?:\.(\d{1,2}))?(?:\.\d+)?$/.exec(pythonVersion(environment)) ?? [];
  if (major === undefined || (minor === undefined && environment.target?.version === undefined)) return undefined;
  return { major: Number(major), minor: minor === undefined ? undefined : Number(minor) };
}

/**
 * Returns the Python version that files are for: `3.12` of the running interpreter, or the `--python-version` value.
 */
export function pythonVersion({ markers, target }: TargetEnvironment): string {
  return target?.version ?? markers.python_version ?? '';
}

const shortNames: Readonly<Record<string, string>> = { cpython: 'cp', pypy: 'pp', ironpython: 'ip', jython: 'jy' };

function interpreterTag({ major, minor }: Python, { implementation, target }: TargetEnvironment): string {
  const implementationName = Object.hasOwn(shortNames, implementation) ? shortNames[implementation] : implementation;
  return `${target?.implementation ?? implementationName}${major}${minor ?? ''}`;
}

function* cpythonTags(python: Python, platforms: readonly string[], environment: TargetEnvironment): Generator<string> {
  const { major, minor = 0 } = python;
  const interpreter = `cp${major}${python.minor ?? ''}`;
  const stable = stableAbi(python, environment);
  for (const abi of cpythonAbis(python, environment)) {
    for (const platform of platforms) yield `${interpreter}-${abi}-${platform}`;
  }
  if (stable !== undefined) for (const platform of platforms) yield `${interpreter}-${stable}-${platform}`;
  for (const platform of platforms) yield `${interpreter}-none-${platform}`;
  if (stable === undefined) return;
  for (let older = minor - 1; older > 1; older -= 1)
    for (const platform of platforms) yield `cp${major}${older}-${stable}-${platform}`;
}

/** Returns the requested ABIs, or the default ABI of the Python version. `abi3` and `none` are ordered separately. */
function cpythonAbis(python: Python, environment: TargetEnvironment): readonly string[] {
  const { abis } = environment.target ?? {};
  if (abis !== undefined) return abis.filter((abi) => abi !== 'abi3' && abi !== 'none');
  return python.minor === undefined ? [] : [cpythonAbi(python.major, python.minor, environment)];
}

function cpythonAbi(major: number, minor: number, { freeThreaded, platform }: TargetEnvironment): string {
  const interpreter = `cp${major}${minor}`;
  if (major === 2) return `${interpreter}${platform.startsWith('linux') ? 'mu' : 'm'}`;
  if (minor < 8) return `${interpreter}m`;
  return freeThreaded === true && minor >= 13 ? `${interpreter}t` : interpreter;
}

/** Returns the stable ABI: `abi3` from 3.2, none for free-threaded builds before `abi3t` in 3.15. */
function stableAbi(python: Python, environment: TargetEnvironment): string | undefined {
  const { major, minor } = python;
  if (major !== 3 || minor === undefined || minor < 2) return undefined;
  const [first = ''] = cpythonAbis(python, environment);
  if (!/^cp\d+\w*t/.test(first)) return 'abi3';
  return minor >= 15 ? 'abi3t' : undefined;
}

/** Lists the tags of other interpreters. PyPy's ABI names two versions, `pypy310_pp73`. Others support only `none`. */
function* otherTags(python: Python, platforms: readonly string[], environment: TargetEnvironment): Generator<string> {
  for (const abi of otherAbis(python, environment))
    for (const platform of platforms) yield `${interpreterTag(python, environment)}-${abi}-${platform}`;
}

function otherAbis(
  { major, minor }: Python,
  { implementation, markers, target }: TargetEnvironment,
): readonly string[] {
  if (target?.abis !== undefined) return [...new Set([...target.abis, 'none'])];
  if (implementation !== 'pypy' || target?.version !== undefined) return ['none'];
  const [, release = '', patch = ''] = /^(\d+)\.(\d+)/.exec(markers.implementation_version ?? '') ?? [];
  return [`pypy${major}${minor}_pp${release}${patch}`, 'none'];
}

function* pureTags(python: Python, platforms: readonly string[], interpreter: string): Generator<string> {
  const versions = pythonTags(python);
  for (const version of versions) for (const platform of platforms) yield `${version}-none-${platform}`;
  yield `${interpreter}-none-any`;
  for (const version of versions) yield `${version}-none-any`;
}

/** Returns `py312`, `py3`, then every older minor version. */
function pythonTags({ major, minor }: Python): readonly string[] {
  if (minor === undefined) return [`py${major}`];
  const older = Array.from({ length: minor }, (_, index) => `py${major}${minor - 1 - index}`);
  return [`py${major}${minor}`, `py${major}`, ...older];
}
