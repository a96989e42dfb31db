import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { parseToml } from '../toml.ts';
import { findUp, workspaceFolders } from './uv-folders.ts';

const named = v.optional(v.object({ name: v.optional(v.string()) }));
const pyprojectSchema = v.object({ project: named, tool: v.optional(v.object({ poetry: v.optional(named) })) });

/** Returns the names of the projects in these folders or above them, from their project files. */
export async function projectNames(folders: readonly string[]): Promise<ReadonlySet<ProjectName>> {
  const members = await Promise.all(folders.map((folder) => workspaceFolders(folder).catch(() => [])));
  const roots = folders.flatMap((folder) =>
    ['pyproject.toml', 'setup.cfg', 'setup.py'].flatMap((name) => {
      const file = findUp(folder, name);
      return file === undefined ? [] : [path.dirname(file)];
    }),
  );
  const names = await Promise.all([...new Set([...roots, ...members.flat()])].map(namesIn));
  return new Set(names.flat().flatMap((name) => (isProjectName(name) ? [normaliseName(name)] : [])));
}

async function namesIn(folder: string): Promise<string[]> {
  const [pyproject = '', setupCfg = '', setupPy = ''] = await Promise.all(
    ['pyproject.toml', 'setup.cfg', 'setup.py'].map((name) => readText(path.join(folder, name))),
  );
  const declared = /^\[metadata\][^[]*?^name[ \t]*[=:][ \t]*(\S+)/ms.exec(setupCfg)?.[1];
  const called = /\bname[ \t]*=[ \t]*['"]([\w.-]+)['"]/.exec(setupPy)?.[1];
  return [...namesOfPyproject(pyproject), declared, called].flatMap((name) => name ?? []);
}

function namesOfPyproject(text: string): (string | undefined)[] {
  try {
    const { project, tool } = v.parse(pyprojectSchema, parseToml(text));
    return [project?.name, tool?.poetry?.name];
  } catch {
    return [];
  }
}

const maxLength = 1024 * 1024;

async function readText(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).slice(0, maxLength);
}
