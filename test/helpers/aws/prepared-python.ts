import { access, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/** A Python with the wanted packages, or why it is unavailable. */
export type PreparedPython = { readonly python: string } | { readonly why: string };

type Wanted = {
  /** The name of the virtual environment's folder, which is cached between runs. */
  readonly folder: string;
  /** Requirements with exact versions. */
  readonly packages: readonly string[];
  /** A statement that fails unless the packages are complete. */
  readonly check: string;
};

/** Returns a Python of a virtual environment with these packages. Skips the installation if it was complete before. */
export async function preparedPython({ folder: name, packages, check }: Wanted): Promise<PreparedPython> {
  const folder = path.join(os.tmpdir(), name);
  const python = path.join(folder, 'bin/python');
  const complete = path.join(folder, 'complete');
  const usable = await access(complete).then(
    () => execa(python, ['-c', check], { reject: false }),
    () => undefined,
  );
  if (usable?.exitCode === 0) return { python };
  await rm(folder, { recursive: true, force: true });
  const created = await execa('python3', ['-m', 'venv', folder], { reject: false });
  if (created.exitCode !== 0) {
    return { why: `the virtual environment could not be created: ${created.stderr ?? created.message}` };
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '10', ...packages];
  const installed = await execa(python, install, { reject: false, timeout: 280_000 });
  if (installed.exitCode !== 0) {
    return { why: `${packages[0]} could not be installed: the package index is unreachable` };
  }
  await writeFile(complete, '');
  return { python };
}
