import { accessSync, constants, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A folder of stand-ins to be found before the programs they stand in for. */
export type VcsGuard = {
  /** `PATH` with the folder in front; as it was when no such program is there. */
  readonly path: string;
  readonly cleanup: () => Promise<void>;
};

/**
 * What fetches, of the version control systems that pip can use besides git: unlike git they have no variable that
 * keeps them from it. What reads a checkout, as builds do to learn their version, is let through.
 */
const fetching: Readonly<Record<string, readonly string[]>> = {
  hg: ['clone', 'pull', 'incoming'],
  svn: ['checkout', 'co', 'export', 'update', 'up', 'switch', 'sw'],
  bzr: ['checkout', 'co', 'branch', 'get', 'clone', 'pull', 'export', 'update'],
};

/**
 * Puts stand-ins for Mercurial, Subversion and Bazaar before those that are on `PATH`, so that neither pip nor what it
 * runs fetches with them. POSIX only; on Windows what landed is all that tells.
 */
export async function openVcsGuard(
  pathVariable: string,
  { temporaryFolder, platform }: { readonly temporaryFolder: string; readonly platform: string },
): Promise<VcsGuard> {
  const open = { path: pathVariable, cleanup: async () => {} };
  if (platform === 'win32') return open;
  const programs = Object.keys(fetching).flatMap((name) => {
    const file = onPath(name, pathVariable);
    return file === undefined ? [] : [{ name, file }];
  });
  if (programs.length === 0) return open;
  const folder = await mkdtemp(path.join(temporaryFolder, 'awspip-'));
  for (const { name, file } of programs) await writeFile(path.join(folder, name), standIn(name, file), { mode: 0o755 });
  return {
    path: `${folder}${path.delimiter}${pathVariable}`,
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

function onPath(name: string, pathVariable: string): string | undefined {
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

function standIn(name: string, file: string): string {
  const words = (fetching[name] ?? []).join('|');
  const quoted = `'${file.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh
for word in "$@"; do
  case "$word" in
    ${words}) echo "awspip: ${name} $word would bring in what nothing has vetted" >&2; exit 1 ;;
  esac
done
exec ${quoted} "$@"
`;
}
