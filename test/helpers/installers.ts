import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { bin, type CommandResult, type Sandbox, startProcess } from './awspip.ts';

const run = promisify(execFile);

/** The folder of the installers, which are large packages from PyPI and kept between runs. */
const folder =
  process.env.AWSPIP_TEST_INSTALLERS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-installers');

const packageOf: Readonly<Record<string, string>> = {
  'pip-compile': 'pip-tools',
  'pyproject-build': 'build',
  flask: 'proxpi',
};

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

/** Returns the name and version of an installer that was installed for the tests; undefined for one that was not. */
export async function installedRelease(tool: string): Promise<string | undefined> {
  const name = packageOf[tool] ?? tool;
  const metadata = new RegExp(`^${name.replace('-', '[-_]')}-(\\d[\\d.]*)\\.dist-info$`);
  const entries = await readdir(path.join(folder, tool), { recursive: true }).catch(() => []);
  const version = entries.map((entry) => metadata.exec(path.basename(entry))?.[1]).find((found) => found !== undefined);
  return version === undefined ? undefined : `${name} ${version}`;
}

/** Runs `awspip exec` with installers, as one user. */
export type InstallerRuns = {
  /** Skips the test without the installer, and unless `AWSPIP_TEST_INSTALLERS=all`. */
  readonly needs: (tool: string, skip: () => void, ...packages: readonly string[]) => Promise<void>;
  /** Writes a folder of the user and returns its path. */
  readonly folderWith: (name: string, files: Readonly<Record<string, string>>) => Promise<string>;
  /** Runs a command with the programs of a tool first on PATH. */
  readonly exec: (
    folder: string,
    tool: string,
    argv: readonly string[],
    extra?: Record<string, string>,
    options?: readonly string[],
  ) => Promise<CommandResult>;
};

/** These installers are large and slow to install: `AWSPIP_TEST_INSTALLERS=all npm test`. */
export const installersEnabled = process.env.AWSPIP_TEST_INSTALLERS === 'all';

/** Returns the functions that run installers as a user. */
export function installerRuns(user: () => Sandbox): InstallerRuns {
  const programs: Record<string, string | undefined> = {};
  return {
    async needs(tool, skip, ...packages) {
      if (!installersEnabled) return skip();
      programs[tool] ??= await installer(tool, ...packages);
      if (programs[tool] === undefined) skip();
    },
    async folderWith(name, files) {
      const written = user().path(name);
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(written, file)), { recursive: true });
        await writeFile(path.join(written, file), text);
      }
      await mkdir(written, { recursive: true });
      return written;
    },
    exec(from, tool, argv, extra = {}, options = []) {
      const search = `${programs[tool]}${path.delimiter}${process.env.PATH}`;
      const environment = { ...user().environment, PATH: search, ...extra };
      return startProcess(process.execPath, [bin, 'exec', ...options, '--', ...argv], environment, from).ended;
    },
  };
}

/** Checks that no file of a folder has the relay's address. */
export async function expectNoRelayIn(written: string): Promise<void> {
  for (const name of await readdir(written)) {
    const text = await readFile(path.join(written, name), 'utf8').catch(() => '');
    expect([name, text.includes('secure-pypi')]).toEqual([name, false]);
  }
}
