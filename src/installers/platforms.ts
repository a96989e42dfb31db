import type { TargetEnvironment } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';

/** Other machines that a lock file is made for, in the order tried. The newest tags, as wheels name the oldest they need. */
const platforms = [
  {
    platform: 'win_amd64',
    markers: { sys_platform: 'win32', os_name: 'nt', platform_system: 'Windows', platform_machine: 'AMD64' },
  },
  {
    platform: 'macosx_15_0_arm64',
    markers: { sys_platform: 'darwin', os_name: 'posix', platform_system: 'Darwin', platform_machine: 'arm64' },
  },
] as const;

/** The same interpreter on other platforms: uv and poetry lock for all of them at once. */
export function otherPlatforms(environment: TargetEnvironment): readonly TargetEnvironment[] {
  const { markers, implementation, freeThreaded } = environment;
  return platforms
    .filter((other) => other.markers.sys_platform !== markers.sys_platform)
    .map((other) => ({
      implementation,
      ...(freeThreaded !== undefined && { freeThreaded }),
      platform: other.platform,
      markers: { ...markers, ...other.markers, platform_release: '', platform_version: '' },
    }));
}

/** The oldest minor of Python 3 that a lock file is still made for. */
const minMinor = 8;

/**
 * The same machine with each older Python that a project supports (`requires-python`): a lock file is made for all of
 * them, and they may need older releases than the one that asks.
 */
export function olderPythons(environment: TargetEnvironment, requiresPython: string): readonly TargetEnvironment[] {
  const { markers, freeThreaded: _, ...machine } = environment;
  const own = Number(/^3\.(\d{1,3})$/.exec(markers.python_version ?? '')?.[1] ?? Number.NaN);
  const minors = Array.from({ length: Math.max(0, own - minMinor) || 0 }, (_none, at) => own - 1 - at);
  // Any late patch release will do: the range may begin at one.
  const full = (minor: number) => `3.${minor}.25`;
  return minors
    .filter((minor) => satisfies(full(minor), requiresPython, { prereleases: true }))
    .map((minor) => ({
      ...machine,
      markers: {
        ...markers,
        python_version: `3.${minor}`,
        python_full_version: full(minor),
        ...(markers.implementation_name === 'cpython' && { implementation_version: full(minor) }),
      },
    }));
}
