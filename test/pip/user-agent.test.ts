import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentFromUserAgent, pipVersionFromUserAgent } from '../../src/pip/user-agent.ts';

const debian =
  'pip/23.0.1 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},"name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.11.2"},"installer":{"name":"pip","version":"23.0.1"},"openssl_version":"OpenSSL 3.0.9 30 May 2023","python":"3.11.2","setuptools_version":"66.1.1","system":{"name":"Linux","release":"6.1.0-10-amd64"}}';
const userAgentWith = (data: object) =>
  `pip/24.0 ${JSON.stringify({ cpu: 'x86_64', python: '3.12.1', implementation: { name: 'CPython', version: '3.12.1' }, system: { name: 'Linux', release: '6.1' }, ...data })}`;

describe("pip's User-Agent", () => {
  test('contains the environment', () => {
    expect(environmentFromUserAgent(debian)).toEqual({
      implementation: 'cpython',
      platform: 'linux_x86_64',
      libc: { name: 'glibc', version: '2.36' },
      markers: {
        implementation_name: 'cpython',
        implementation_version: '3.11.2',
        os_name: 'posix',
        platform_machine: 'x86_64',
        platform_python_implementation: 'CPython',
        platform_release: '6.1.0-10-amd64',
        platform_system: 'Linux',
        platform_version: '',
        python_full_version: '3.11.2',
        python_version: '3.11',
        sys_platform: 'linux',
      },
    });
  });

  test('of uv contains the same', () => {
    expect(environmentFromUserAgent(debian.replace('pip/23.0.1', 'uv/0.13.9'))).toEqual(
      environmentFromUserAgent(debian),
    );
  });

  test.each([
    [{ system: { name: 'Darwin' }, cpu: 'arm64', distro: { name: 'macOS', version: '14.5' } }, 'macosx_14_0_arm64'],
    [{ system: { name: 'Darwin' }, distro: { name: 'macOS', version: '10.15.7' } }, 'macosx_10_15_x86_64'],
    [{ system: { name: 'Windows' }, cpu: 'AMD64' }, 'win_amd64'],
    [{ system: { name: 'Windows' }, cpu: 'ARM64' }, 'win_arm64'],
    [{ cpu: 'aarch64' }, 'linux_aarch64'],
  ])('of %j is for %s', (data, platform) => {
    expect(environmentFromUserAgent(userAgentWith(data))?.platform).toBe(platform);
  });

  test('of Alpine implies musl, which pip does not report', () => {
    const libc = (version: string) =>
      environmentFromUserAgent(userAgentWith({ distro: { name: 'Alpine Linux', version } }))?.libc;
    expect(libc('3.20.1')).toEqual({ name: 'musl', version: '1.2' });
    expect(libc('3.9.0')).toEqual({ name: 'musl', version: '1.1' });
  });

  test("of PyPy has its own version and the language's", () => {
    const data = { implementation: { name: 'PyPy', version: '7.3.11' }, python: '3.9.16' };
    expect(environmentFromUserAgent(userAgentWith(data))).toMatchObject({
      implementation: 'pypy',
      markers: { implementation_version: '7.3.11', python_version: '3.9', platform_python_implementation: 'PyPy' },
    });
  });

  test.each([
    'curl/8.0',
    'pip/23.0.1',
    'pip/23.0.1 {"python":',
    'pip/23 []',
    'pip/23 null',
    userAgentWith({ python: 'three' }),
    userAgentWith({ python: 3 }),
    userAgentWith({ system: { name: 'constructor' } }),
    userAgentWith({ cpu: '../../etc' }),
    userAgentWith({ cpu: '' }),
    `pip/23 {"python":"3.11.2","filler":"${'x'.repeat(10_000)}"}`,
  ])('without valid data is undefined', (text) => {
    expect(environmentFromUserAgent(text)).toBeUndefined();
  });

  test("contains pip's version", () => {
    expect(pipVersionFromUserAgent(debian)).toBe('23.0.1');
    expect(pipVersionFromUserAgent('awspip/1.0 pip/23')).toBeUndefined();
  });

  test('never makes the parser throw', () => {
    fc.assert(fc.property(fc.json(), (json) => void environmentFromUserAgent(`pip/1 ${json}`)));
    fc.assert(fc.property(fc.string(), (text) => void environmentFromUserAgent(text)));
  });
});
