import type { TargetEnvironment } from '../index/types.ts';

const maxLength = 8192;
const plainText = /^[\w.+~ -]{0,64}$/;

/** Returns pip's version from its `User-Agent`. */
export function pipVersionFromUserAgent(userAgent: string): string | undefined {
  return /^pip\/([\w.+!-]{1,40})(?:\s|$)/.exec(userAgent)?.[1];
}

/**
 * Returns the interpreter's environment from the JSON in the `User-Agent` of pip and uv. Undefined for other clients and
 * incomplete data. The header does not identify a free-threaded build or a 32-bit Python on a 64-bit system.
 */
export function environmentFromUserAgent(userAgent: string): TargetEnvironment | undefined {
  const data = readJson(userAgent);
  if (data === undefined) return undefined;
  const text = (...path: string[]) => textAt(data, path);
  const python = text('python');
  const system = text('system', 'name');
  const cpu = text('cpu');
  const version = python === undefined ? undefined : /^(\d{1,2}\.\d{1,3})\b/.exec(python)?.[1];
  const osNames = system === undefined ? undefined : systems[system];
  if (python === undefined || version === undefined || osNames === undefined || !cpu) return undefined;
  const platform = platformTag(osNames.sys, cpu, text('distro', 'version'));
  if (platform === undefined) return undefined;
  const implementation = text('implementation', 'name') ?? 'CPython';
  const libc = osNames.sys === 'linux' ? libcOf(text) : undefined;
  return {
    markers: {
      implementation_name: implementation.toLowerCase(),
      implementation_version: text('implementation', 'version') ?? python,
      os_name: osNames.os,
      platform_machine: cpu,
      platform_python_implementation: implementation,
      platform_release: text('system', 'release') ?? '',
      platform_system: system ?? '',
      platform_version: '',
      python_full_version: python,
      python_version: version,
      sys_platform: osNames.sys,
    },
    implementation: implementation.toLowerCase(),
    platform,
    ...(libc && { libc }),
  };
}

type System = { readonly sys: 'linux' | 'darwin' | 'win32'; readonly os: string };

const systems: Readonly<Partial<Record<string, System>>> = {
  Linux: { sys: 'linux', os: 'posix' },
  Darwin: { sys: 'darwin', os: 'posix' },
  Windows: { sys: 'win32', os: 'nt' },
};

function readJson(userAgent: string): unknown {
  const start = userAgent.indexOf('{');
  if (!/^(?:pip|uv)\//.test(userAgent) || start < 0 || userAgent.length > maxLength) return undefined;
  // Text after the JSON comes from `PIP_USER_AGENT_USER_DATA` and is also inside it.
  try {
    return JSON.parse(userAgent.slice(start));
  } catch {
    return undefined;
  }
}

function textAt(value: unknown, path: readonly string[]): string | undefined {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return typeof current === 'string' && plainText.test(current) ? current : undefined;
}

function platformTag(sys: System['sys'], cpu: string, release: string | undefined): string | undefined {
  if (sys === 'linux') return `linux_${cpu}`;
  if (sys === 'win32') return { amd64: 'win_amd64', x86: 'win32', arm64: 'win_arm64' }[cpu.toLowerCase()];
  const [, major, minor = '0'] = /^(\d{1,3})(?:\.(\d{1,3}))?/.exec(release ?? '') ?? [];
  // From macOS 11, a wheel's tag has only the major version.
  return major === undefined ? undefined : `macosx_${major}_${major === '10' ? minor : '0'}_${cpu}`;
}

/**
 * Returns the C library. pip does not report musl, so its version comes from Alpine's release
 * (https://musl.libc.org/releases.html).
 */
function libcOf(text: (...path: string[]) => string | undefined): TargetEnvironment['libc'] {
  const version = text('distro', 'libc', 'version');
  if (text('distro', 'libc', 'lib') === 'glibc' && version) return { name: 'glibc', version };
  const [, major, minor] = /^(\d)\.(\d{1,2})/.exec(text('distro', 'version') ?? '') ?? [];
  if (!/^alpine/i.test(text('distro', 'name') ?? '') || major !== '3') return undefined;
  return { name: 'musl', version: Number(minor) >= 13 ? '1.2' : '1.1' };
}
