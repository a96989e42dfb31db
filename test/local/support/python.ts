import { access, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const windows = process.platform === 'win32';

/** A Python with the AWS CLI and boto3 that is kept between runs, or the reason why there is none. */
export type AwsPython = { readonly python: string } | { readonly reason: string };

/**
 * Creates a virtual environment with the newest AWS CLI and boto3 from the package index that this machine's pip uses.
 * A file in the folder marks an environment that is complete, which later runs use again.
 */
export async function awsPython(): Promise<AwsPython> {
  const folder = join(tmpdir(), 'awspip-test-aws-clients');
  const python = join(folder, ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const complete = join(folder, 'complete');
  const usable = await access(complete).then(
    () => execa(python, ['-c', 'import awscli, boto3'], { reject: false }),
    () => undefined,
  );
  if (usable?.exitCode === 0) return { python };
  await rm(folder, { recursive: true, force: true });
  const made = await execa('python3', ['-m', 'venv', folder], { reject: false });
  if (made.exitCode !== 0) return { reason: `cannot create a virtual environment: ${made.stderr ?? made.message}` };
  const install = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '10', 'awscli', 'boto3'];
  const installed = await execa(python, install, { reject: false, timeout: 240_000 });
  if (installed.exitCode !== 0) return { reason: 'cannot install the AWS CLI: no package index is reachable' };
  await writeFile(complete, '');
  return { python };
}

const wheelScript = `
import base64, hashlib, sys, zipfile
name, version, path = sys.argv[1:]
info = f'{name}-{version}.dist-info'
files = {
    f'{name}.py': f'version = "{version}"\\n',
    f'{info}/METADATA': f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n',
    f'{info}/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
}
def line(file, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')
    return f'{file},sha256={digest},{len(text)}'
record = '\\n'.join([*(line(*item) for item in files.items()), f'{info}/RECORD,,', ''])
with zipfile.ZipFile(path, 'w') as wheel:
    for file, text in {**files, f'{info}/RECORD': record}.items():
        wheel.writestr(file, text)
`;

/** Writes a wheel that pip can install. */
export async function writeWheel(name: string, version: string, folder: string): Promise<string> {
  const path = join(folder, `${name}-${version}-py3-none-any.whl`);
  await execa('python3', ['-c', wheelScript, name, version, path]);
  return path;
}
