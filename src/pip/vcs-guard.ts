import { accessSync, constants, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A folder with wrapper scripts in front of the version control programs on `PATH`. */
export type VcsGuard = {
  /** `PATH` with the folder in front. Unchanged if no such program is installed. */
  readonly path: string;
  readonly cleanup: () => Promise<void>;
};

/**
 * Commands that fetch, for the version control systems that pip supports in addition to git. Unlike git, they have no variable
 * to disable fetching. Commands that read a checkout, as builds do to find their version, are allowed.
 */
const fetchingCommands: Readonly<Record<string, readonly string[]>> = {
  hg: ['clone', 'pull', 'incoming'],
  svn: ['checkout', 'co', 'export', 'update', 'up', 'switch', 'sw'],
  bzr: ['checkout', 'co', 'branch', 'get', 'clone', 'pull', 'export', 'update'],
};

/**
 * Puts wrapper scripts for Mercurial, Subversion and Bazaar in front of `PATH`, so that neither pip nor a build can
 * fetch with them. POSIX only: on Windows, only the install check detects such installs.
 */
export async function openVcsGuard(pathVariable: string, platform: string, temporaryFolder: string): Promise<VcsGuard> {
  const unguarded = { path: pathVariable, cleanup: async () => {} };
  if (platform === 'win32') return unguarded;
  const programs = Object.keys(fetchingCommands).flatMap((name) => {
    const file = findOnPath(name, pathVariable);
    return file === undefined ? [] : [{ name, file }];
  });
  if (programs.length === 0) return unguarded;
  const folder = await mkdtemp(path.join(temporaryFolder, 'awspip-'));
  for (const { name, file } of programs)
    await writeFile(path.join(folder, name), guardScript(name, file), { mode: 0o755 });
  return {
    path: `${folder}${path.delimiter}${pathVariable}`,
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

function findOnPath(name: string, pathVariable: string): string | undefined {
  const folders = pathVariable.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function guardScript(name: string, file: string): string {
  const commands = (fetchingCommands[name] ?? []).join('|');
  const quoted = `'${file.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh
for word in "$@"; do
  case "$word" in
    ${commands}) echo "awspip: ${name} $word is blocked: it would fetch unvetted code" >&2; exit 1 ;;
  esac
done
exec ${quoted} "$@"
`;
}
