import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findOnPath } from '../../pip/find-pip.ts';
import { type Programs, programNames } from './ways.ts';

/** Finds what can install packages in this environment, and the names on PATH that lead to awspip itself. */
export function findPrograms(
  environment: Readonly<Record<string, string | undefined>>,
): Programs & { readonly shims: readonly string[] } {
  const search = { path: environment.PATH ?? '', ownPaths: [] };
  const onPath: Record<string, string> = {};
  const shims: string[] = [];
  const seen = new Set<string>();
  for (const name of programNames) {
    const [file] = findOnPath(name, search);
    if (file === undefined) continue;
    const start = startOf(file);
    if (seen.has(start)) continue; // `pip3` is usually the same program as `pip`
    seen.add(start);
    if (isShim(start)) shims.push(name);
    else onPath[name] = file;
  }
  // An environment that is only in the working folder may have come with a checkout, so its programs are not run.
  return { onPath, shims, environments: environment.VIRTUAL_ENV ? pythonOf(environment.VIRTUAL_ENV) : [] };
}

/** Returns the text with which a script begins. For other programs, returns the real path. */
function startOf(file: string): string {
  try {
    const real = realpathSync(file);
    const text = readFileSync(real, 'latin1').slice(0, maxScriptLength + 1);
    return text.startsWith('#!') && text.length <= maxScriptLength ? text : real;
  } catch {
    return file;
  }
}

const maxScriptLength = 4096;

/** Whether a script starts awspip. */
function isShim(text: string): boolean {
  return text.includes('written by `awspip setup`');
}

function pythonOf(home: string): readonly string[] {
  const folder = path.join(path.resolve(home), process.platform === 'win32' ? 'Scripts' : 'bin');
  return findOnPath('python', { path: folder, ownPaths: [] });
}
