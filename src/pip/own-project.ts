import path from 'node:path';
import type { FilePort } from './files.ts';

type Files = Pick<FilePort, 'kindOf' | 'realPath'>;

const marks = [['.git'], ['pyproject.toml', 'setup.py', 'setup.cfg']];

/**
 * Checks whether a path (free of links) belongs to the project that somebody works in: the nearest folder from `folder`
 * upwards that is a checkout, else the nearest that holds a project, else `folder` itself. Home and what is above it
 * are nobody's project: with dotfiles under version control, everything ever downloaded would lie inside it. There,
 * `.` is all.
 */
export async function isOwn(
  file: string,
  { folder, home, files }: { readonly folder: string; readonly home?: string | undefined; readonly files: Files },
): Promise<boolean> {
  const here = await files.realPath(folder);
  if (file === here) return true;
  const realHome = home === undefined ? undefined : await files.realPath(home);
  const candidates = upwards(here).filter((at) => path.dirname(at) !== at && !isInside(realHome, at));
  const project = (await marked(candidates, files)) ?? candidates[0];
  return project !== undefined && candidates[0] === here && isInside(file, project);
}

async function marked(candidates: readonly string[], files: Files): Promise<string | undefined> {
  for (const names of marks) {
    for (const at of candidates) {
      for (const name of names) if ((await files.kindOf(path.join(at, name))) !== 'absent') return at;
    }
  }
  return undefined;
}

/** Checks whether a path is a folder or lies in it; both absolute and free of links. */
export function isInside(file: string | undefined, folder: string): boolean {
  if (file === undefined) return false;
  const relative = path.relative(folder, file);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

function upwards(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}
