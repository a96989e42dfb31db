import { AwspipError } from '../errors.ts';
import type { TargetEnvironment } from '../index/types.ts';
import { pythonCommand } from '../python-command.ts';
import type { Capture } from './capture.ts';
import { noPip, type PipProgram } from './find-pip.ts';

/** The properties of an interpreter. */
export type InterpreterProperties = {
  readonly environment: TargetEnvironment;
  readonly pipVersion: string;
  readonly pythonVersion: string;
};

/**
 * Collects the properties. Does not use `-I`, which would hide a pip in the user's site-packages.
 */
const script = `
import json, os, sys, platform, sysconfig
def full(info):
    text = '{0.major}.{0.minor}.{0.micro}'.format(info)
    return text if info.releaselevel == 'final' else text + info.releaselevel[0] + str(info.serial)
def libc():
    try:
        name, version = os.confstr('CS_GNU_LIBC_VERSION').rsplit()
        return {'name': name, 'version': version}
    except Exception:
        pass
    try:
        import glob, re, subprocess
        for loader in glob.glob('/lib/ld-musl-*.so.1'):
            output = subprocess.Popen([loader], stderr=subprocess.PIPE).communicate()[1].decode()
            return {'name': 'musl', 'version': re.search(r'Version (\\d+\\.\\d+)', output).group(1)}
    except Exception:
        pass
def tag():
    if sys.platform == 'darwin':
        version = platform.mac_ver()[0].split('.')
        if version[:2] == ['10', '16']:
            import subprocess
            code = 'import platform; print(platform.mac_ver()[0])'
            env = dict(os.environ, SYSTEM_VERSION_COMPAT='0')
            version = subprocess.check_output([sys.executable, '-I', '-c', code], env=env).decode().strip().split('.')
        minor = version[1] if version[0] == '10' else '0'
        return 'macosx_' + version[0] + '_' + minor + '_' + platform.machine()
    name = sysconfig.get_platform().replace('-', '_').replace('.', '_')
    if name == 'linux_x86_64' and sys.maxsize <= 2 ** 32: return 'linux_i686'
    if name == 'linux_aarch64' and sys.maxsize <= 2 ** 32: return 'linux_armv8l'
    return name
try:
    import pip
    version = pip.__version__
except ImportError:
    version = None
print(json.dumps({'pip': version, 'implementation': sys.implementation.name, 'platform': tag(), 'libc': libc(),
  'freeThreaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED')),
  'markers': {
    'implementation_name': sys.implementation.name,
    'implementation_version': full(sys.implementation.version),
    'os_name': os.name,
    'platform_machine': platform.machine(),
    'platform_python_implementation': platform.python_implementation(),
    'platform_release': platform.release(),
    'platform_system': platform.system(),
    'platform_version': platform.version(),
    'python_full_version': platform.python_version(),
    'python_version': '.'.join(platform.python_version_tuple()[:2]),
    'sys_platform': sys.platform}}))
`;

/**
 * Reads the interpreter's markers, tags and pip version in one process.
 *
 * @throws {AwspipError} `no-pip` or `python-broken` (configuration).
 */
export async function probeEnvironment(
  program: PipProgram,
  capture: Capture,
  environment: Readonly<Record<string, string>>,
): Promise<InterpreterProperties> {
  const { pipVersion, ...properties } = await probeInterpreter(program.python, capture, environment);
  if (pipVersion === null) throw noPip(program.python);
  return { ...properties, pipVersion };
}

/**
 * Reads the properties of an interpreter that needs no pip, for other installers.
 *
 * @throws {AwspipError} `python-broken` (configuration).
 */
export async function probeInterpreter(
  python: string,
  capture: Capture,
  environment: Readonly<Record<string, string>>,
): Promise<Omit<InterpreterProperties, 'pipVersion'> & { readonly pipVersion: string | null }> {
  const process = pythonCommand(python, script, [], environment);
  const { exitCode, stdout, stderr } = await capture(process.command, { environment: process.environment });
  const output = exitCode === 0 ? parseProbeOutput(stdout) : undefined;
  if (output === undefined) {
    const lastLine = stderr.trim().split('\n').at(-1)?.slice(0, 300);
    throw new AwspipError('python-broken', `\`${python}\` could not be inspected${lastLine ? `: ${lastLine}` : ''}`, {
      exit: 'configuration',
      hint: 'pass another Python with `--awspip-python PATH`',
    });
  }
  const { implementation, platform, libc, freeThreaded, markers } = output;
  return {
    environment: { markers, implementation, platform, ...(libc && { libc }), freeThreaded },
    pipVersion: output.pip,
    pythonVersion: markers.python_full_version ?? '',
  };
}

type ProbeOutput = {
  readonly pip: string | null;
  readonly implementation: string;
  readonly platform: string;
  readonly libc: { readonly name: 'glibc' | 'musl'; readonly version: string } | undefined;
  readonly freeThreaded: boolean;
  readonly markers: Readonly<Record<string, string>>;
};

/** Parses the last line of the output. `sitecustomize` may print lines before it. */
function parseProbeOutput(stdout: string): ProbeOutput | undefined {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    const { pip, implementation, platform, libc, freeThreaded, markers } = JSON.parse(line);
    const texts = [implementation, platform, ...Object.values(markers)];
    if (texts.some((text) => typeof text !== 'string') || typeof markers.python_version !== 'string') return undefined;
    const isKnownLibc = (libc?.name === 'glibc' || libc?.name === 'musl') && typeof libc.version === 'string';
    return {
      pip: typeof pip === 'string' ? pip : null,
      implementation,
      platform,
      libc: isKnownLibc ? libc : undefined,
      freeThreaded: freeThreaded === true,
      markers,
    };
  } catch {
    return undefined;
  }
}
