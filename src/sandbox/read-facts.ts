import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SandboxFacts } from './sandbox-plan.ts';
import { listeningSockets, secretPaths } from './secret-paths.ts';

type Machine = Parameters<typeof secretPaths>[0] & { readonly needed: readonly string[] };

/** Reads which paths exist on this machine, and the sockets that programs listen on. */
export function readSandboxFacts(machine: Machine): SandboxFacts {
  const { folders, files } = secretPaths(machine);
  const sockets = listeningSockets(readText('/proc/net/unix')).filter(isWritable);
  const real = (paths: readonly string[]) => [...new Set(paths.flatMap((file) => realPath(file) ?? []))];
  const found = [...real(folders), ...real([...files, ...sockets])];
  return {
    isRoot: process.geteuid?.() === 0,
    home: realPath(machine.home) ?? machine.home,
    hidden: {
      folders: [...new Set(found.filter(isFolder))],
      files: [...new Set(found.filter((file) => !isFolder(file) && !neverHidden.test(file)))],
    },
    needed: real(machine.needed),
  };
}

/** The sandbox has its own. */
const neverHidden = /^\/(?:dev|proc|sys)(?:\/|$)/;

/**
 * Finds bubblewrap on `PATH`. Ignores relative entries, the working folder and its contents, and folders in which
 * another user could replace the program.
 */
export function findBubblewrap(pathVariable: string, workingFolder: string): string | undefined {
  const cwd = realPath(workingFolder) ?? workingFolder;
  return pathVariable
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, 'bwrap'))
    .find((file) => {
      const real = realPath(file);
      if (real === undefined || !isExecutable(real)) return false;
      return [file, real].every((one) => !isInside(realPath(path.dirname(one)) ?? '', cwd) && isProtected(one));
    });
}

function isInside(folder: string, parent: string): boolean {
  return parent !== '/' && (folder === parent || folder.startsWith(`${parent}/`));
}

/** Checks that only root or this user can replace a file. */
function isProtected(file: string): boolean {
  const user = process.geteuid?.();
  return [file, path.dirname(file)].every((one) => {
    const { uid, gid, mode } = statSync(one);
    const isWritableByOthers = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
    return (uid === 0 || uid === user) && !isWritableByOthers;
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** Returns the text of a file, or nothing if it cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
