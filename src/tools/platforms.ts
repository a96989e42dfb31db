import type { TargetEnvironment } from '../index/types.ts';

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
