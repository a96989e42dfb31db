import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Exec } from '../cli/verbs/exec.ts';
import type { Foreign } from '../pip/foreign.ts';
import { lineFinder } from '../pip/line-finder.ts';
import { closedOption, foreignTarget } from '../pip/perimeter.ts';
import type { RootsPorts } from '../pip/roots.ts';
import { readTarget } from '../pip/targets.ts';
import { readProject } from '../tools/project.ts';
import { localSourcesOfUv, userFileOfUv } from '../tools/uv-configuration.ts';
import type { Edge } from './edge.ts';
import { homeFolder } from './folders.ts';

/** What a project's own files ask of an installer. */
export type ExecProject = {
  readonly roots: readonly string[];
  /** What building the project needs. */
  readonly buildRoots: readonly string[];
  /** What its lock file pins, where that is to be kept. */
  readonly pins: readonly string[];
  /** The Pythons it supports, for which its lock file is made. */
  readonly requiresPython: string | undefined;
  /** Files and folders of this machine that would come in unvetted. */
  readonly foreign: readonly Foreign[];
  /** Where its lock file lies. */
  readonly folder: string;
};

/** Reads the files of the project that a command line is about, and what the tool is set up with. */
export async function readProjectOf(edge: Edge, exec: Exec, ports: RootsPorts): Promise<ExecProject> {
  const { project } = exec.ask;
  const configured = await configuredLinks(edge, exec, ports);
  if (project === undefined) {
    return {
      roots: [],
      buildRoots: [],
      pins: [],
      requiresPython: undefined,
      foreign: configured,
      folder: process.cwd(),
    };
  }
  const find = (name: string) => readFound(findUp(project, name));
  const [pyproject, pipfile, uvLock, poetryLock, pipfileLock] = await Promise.all([
    ...[find('pyproject.toml'), find('Pipfile'), find('uv.lock'), find('poetry.lock'), find('Pipfile.lock')],
  ]);
  const { roots, buildRoots, pins, paths, requiresPython } = readProject({
    pyproject: pyproject?.text,
    pipfile: pipfile?.text,
    uvLock: uvLock?.text,
    poetryLock: poetryLock?.text,
    pipfileLock: pipfileLock?.text,
  });
  const foreign = await Promise.all([
    ...paths.pyproject.map((local) => foreignPath(local, pyproject, ports)),
    ...paths.pipfile.map((local) => foreignPath(local, pipfile, ports)),
  ]);
  const beside = uvLock ?? pyproject ?? pipfile;
  return {
    roots,
    buildRoots,
    pins: exec.ask.keepsLock ? pins : [],
    requiresPython,
    foreign: [...configured, ...foreign.flatMap((one) => one ?? [])],
    folder: beside === undefined ? project : path.dirname(beside.file),
  };
}

/** Folders of wheels that uv's own configuration names; its other settings are the user's business. */
async function configuredLinks({ environment }: Edge, { tool, ask }: Exec, ports: RootsPorts): Promise<Foreign[]> {
  if (tool.name !== 'uv' && tool.name !== 'uvx') return [];
  const start = ask.project ?? process.cwd();
  const own = userFileOfUv({ platform: process.platform, home: homeFolder(), environment });
  const files = [findUp(start, 'uv.toml'), findUp(start, 'pyproject.toml'), own];
  const found = await Promise.all(files.map(readFound));
  const foreign = found.map(async (one) => {
    if (one === undefined) return [];
    const where = lineFinder(one.text, path.relative(ports.folder, one.file));
    const kind = path.basename(one.file) === 'uv.toml' ? 'uv.toml' : 'pyproject.toml';
    const links = localSourcesOfUv(one.text, kind);
    return Promise.all(links.map((value) => closedOption({ name: '--find-links', value }, where(value), ports)));
  });
  return (await Promise.all(foreign)).flat().flatMap((one) => one ?? []);
}

type Found = { readonly file: string; readonly text: string };

async function readFound(file: string | undefined): Promise<Found | undefined> {
  const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  return file === undefined || text === undefined ? undefined : { file, text };
}

function findUp(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  if (existsSync(file)) return file;
  return path.dirname(folder) === folder ? undefined : findUp(path.dirname(folder), name);
}

async function foreignPath(local: string, found: Found | undefined, ports: RootsPorts): Promise<Foreign | undefined> {
  if (found === undefined) return undefined;
  const where = lineFinder(found.text, path.relative(ports.folder, found.file))(local);
  const absolute = path.resolve(path.dirname(found.file), pathOf(local));
  const target = await readTarget(absolute, ports.folder, ports.files.kindOf);
  const foreign = await foreignTarget(target, where, ports);
  return foreign && { ...foreign, value: local };
}

function pathOf(local: string): string {
  try {
    return /^file:/i.test(local) ? fileURLToPath(local) : local;
  } catch {
    return local;
  }
}
