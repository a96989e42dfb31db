import path from 'node:path';
import type { FilePort } from './files.ts';

type Files = Pick<FilePort, 'kindOf' | 'realPath'>;

const projectMarkers = [['.git'], ['pyproject.toml', 'setup.py', 'setup.cfg']];

/**
 * Checks whether a path (without symbolic links) belongs to the user's project. The project is the nearest parent of
 * `folder` that is a checkout, otherwise the nearest with a project file, otherwise `folder` itself. The home folder
 * and its parents are excluded: with version-controlled dotfiles, they would contain every download. There, only `.`
 * counts.
 */
export async function isInOwnProject(
  file: string,
  { folder, home, files }: { readonly folder: string; readonly home?: string | undefined; readonly files: Files },
): Promise<boolean> {
  const workingFolder = await files.realPath(folder);
  if (file === workingFolder) return true;
  const realHome = home === undefined ? undefined : await files.realPath(home);
  const candidates = ancestors(workingFolder).filter(
    (folder) => path.dirname(folder) !== folder && !isInside(realHome, folder),
  );
  const project = (await findMarkedFolder(candidates, files)) ?? candidates[0];
  return project !== undefined && candidates[0] === workingFolder && isInside(file, project);
}

async function findMarkedFolder(candidates: readonly string[], files: Files): Promise<string | undefined> {
  for (const names of projectMarkers) {
    for (const folder of candidates) {
      for (const name of names) if ((await files.kindOf(path.join(folder, name))) !== 'absent') return folder;
    }
  }
  return undefined;
}

/** Checks whether a path is a folder or inside it. Both are absolute and without symbolic links. */
export function isInside(file: string | undefined, folder: string): boolean {
  if (file === undefined) return false;
  const relative = path.relative(folder, file);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

function ancestors(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}
