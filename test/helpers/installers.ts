import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder of the installers, which are large packages from PyPI and kept between runs. */
const folder =
  process.env.AWSPIP_TEST_INSTALLERS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-installers');

const packageOf: Readonly<Record<string, string>> = { 'pip-compile': 'pip-tools', flask: 'proxpi' };

/**
 * Returns the folder with the programs of an installer, which is downloaded from PyPI once. Returns undefined and
 * writes a message to stderr when PyPI cannot be reached.
 */
export async function installer(tool: string, ...packages: readonly string[]): Promise<string | undefined> {
  const home = path.join(folder, tool);
  const programs = path.join(home, process.platform === 'win32' ? 'Scripts' : 'bin');
  if (existsSync(path.join(programs, tool))) return programs;
  try {
    mkdirSync(folder, { recursive: true });
    await run('python3', ['-m', 'venv', home]);
    await run(
      path.join(programs, 'python'),
      ['-m', 'pip', 'install', '--quiet', packageOf[tool] ?? tool, ...packages],
      {
        timeout: 240_000,
      },
    );
    return programs;
  } catch (error) {
    process.stderr.write(`cannot install ${tool}, so its tests are skipped: ${String(error).slice(0, 300)}\n`);
    return undefined;
  }
}
