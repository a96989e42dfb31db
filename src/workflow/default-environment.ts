import type { TargetEnvironment } from '../index/types.ts';

/** For events whose User-Agent does not say which interpreter asked: what most servers run. */
export const defaultEnvironment: TargetEnvironment = {
  markers: {
    implementation_name: 'cpython',
    implementation_version: '3.12.0',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: '3.12.0',
    python_version: '3.12',
    sys_platform: 'linux',
  },
  implementation: 'cpython',
  platform: 'linux_x86_64',
  libc: { name: 'glibc', version: '2.35' },
};
