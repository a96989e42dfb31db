import type { TargetEnvironment } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';

/** The platforms that a lock file covers, in the order tried. The tags are new, because wheels name a minimum version. */
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

/** Returns the environments of the same interpreter on other platforms. uv and poetry lock for all platforms together. */
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

/** The oldest minor version of Python 3 that is tried. */
const minMinor = 8;

/**
 * Returns the environments of this machine with each older Python that a project supports (`requires-python`). A lock
 * file covers all of them, and they may need older releases than this interpreter.
 */
export function olderPythons(environment: TargetEnvironment, requiresPython: string): readonly TargetEnvironment[] {
  const { markers, freeThreaded: _, ...machine } = environment;
  const ownMinor = Number(/^3\.(\d{1,3})$/.exec(markers.python_version ?? '')?.[1] ?? Number.NaN);
  const minors = Array.from({ length: Math.max(0, ownMinor - minMinor) || 0 }, (_, at) => ownMinor - 1 - at);
  // A late patch version, because the range may begin at a patch version.
  const fullVersion = (minor: number) => `3.${minor}.25`;
  return minors
    .filter((minor) => satisfies(fullVersion(minor), requiresPython, { prereleases: true }))
    .map((minor) => ({
      ...machine,
      markers: {
        ...markers,
        python_version: `3.${minor}`,
        python_full_version: fullVersion(minor),
        ...(markers.implementation_name === 'cpython' && { implementation_version: fullVersion(minor) }),
      },
    }));
}
