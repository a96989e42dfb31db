import { rename, rm } from 'node:fs/promises';
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

/** Returns a Python of a virtual environment with these packages. Installs them unless an earlier run did. */
export async function preparedPython({ folder: name, packages, check }: Wanted): Promise<PreparedPython> {
  const folder = path.join(os.tmpdir(), name);
  const python = path.join(folder, 'bin/python');
  const isUsable = async () => (await execa(python, ['-c', check], { reject: false })).exitCode === 0;
  if (await isUsable()) return { python };
  // Test files run in parallel, so each installs into a folder of its own. The first one that is ready becomes the cache.
  const own = `${folder}-${process.pid}`;
  try {
    const why = await install(own, packages);
    if (why !== undefined) return { why };
    if (!(await isUsable())) {
      await rm(folder, { recursive: true, force: true });
      await rename(own, folder);
    }
    return { python };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Installs packages into a new virtual environment, or returns why it failed. */
async function install(folder: string, packages: readonly string[]): Promise<string | undefined> {
  await rm(folder, { recursive: true, force: true });
  const created = await execa('python3', ['-m', 'venv', folder], { reject: false });
  if (created.exitCode !== 0) {
    return `the virtual environment could not be created: ${created.stderr ?? created.message}`;
  }
  const argv = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '10', ...packages];
  const installed = await execa(path.join(folder, 'bin/python'), argv, { reject: false, timeout: 280_000 });
  if (installed.exitCode !== 0) return `${packages[0]} could not be installed: the package index is unreachable`;
  return undefined;
}
