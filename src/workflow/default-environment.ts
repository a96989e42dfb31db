import type { TargetEnvironment } from '../index/types.ts';

/** The environment for events whose User-Agent doesn't describe an interpreter: CPython on x86-64 Linux. */
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
