import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeFolder } from '../folders.ts';
import { unvettedOption, unvettedTarget } from '../pip/bypass.ts';
import { lineFinder } from '../pip/line-finder.ts';
import { scriptBlocks } from '../pip/project-file.ts';
import type { RootsPorts } from '../pip/roots.ts';
import { readTarget } from '../pip/targets.ts';
import type { UnvettedSource } from '../pip/unvetted-source.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Exec } from './exec-command.ts';
import { readProject } from './project.ts';
import { localSourcesOfUv, userFileOfUv } from './uv-configuration.ts';
import { findUp, workspaceFolders } from './uv-folders.ts';

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
  readonly unvetted: readonly UnvettedSource[];
  /** Where its lock file lies. */
  readonly folder: string;
  /** Lock file of uv that the command goes by. */
  readonly lock: string;
  /** Files into which people write what they need: tools change them, too. */
  readonly manifests: readonly string[];
};

/** Reads the files of the project that a command line is about, and what the tool is set up with. */
export async function readProjectOf(context: ProcessContext, exec: Exec, ports: RootsPorts): Promise<ExecProject> {
  const { project } = exec.ask;
  const configured = await configuredLinks(context, exec, ports);
  const script = await readScript(exec.ask, configured, ports);
  if (script !== undefined) return script;
  if (project === undefined) return { ...nowhere(), unvetted: configured };
  const find = (name: string) => readFound(findUp(project, name));
  const manifests = (await workspaceFolders(project)).map((folder) => path.join(folder, 'pyproject.toml'));
  const [pipfile, uvLock, poetryLock, pipfileLock] = await Promise.all([
    ...[find('Pipfile'), find('uv.lock'), find('poetry.lock'), find('Pipfile.lock')],
  ]);
  const projects = (await Promise.all(manifests.map(readFound))).flatMap((found) => found ?? []);
  const [pyproject, ...members] = projects;
  const { paths, pins, ...asked } = readProject({
    pyproject: pyproject?.text,
    members: members.map(({ text }) => text),
    pipfile: pipfile?.text,
    uvLock: uvLock?.text,
    poetryLock: poetryLock?.text,
    pipfileLock: pipfileLock?.text,
  });
  const unvetted = await Promise.all([
    ...projects.flatMap((one) =>
      readProject({ pyproject: one.text }).paths.pyproject.map((local) => unvettedPath(local, one, ports)),
    ),
    ...paths.pipfile.map((local) => unvettedPath(local, pipfile, ports)),
  ]);
  const beside = uvLock ?? pyproject ?? pipfile;
  const folder = beside === undefined ? project : path.dirname(beside.file);
  return {
    ...asked,
    pins: exec.ask.keepsLock ? pins : [],
    unvetted: [...configured, ...unvetted.flatMap((one) => one ?? [])],
    folder,
    lock: path.join(folder, 'uv.lock'),
    manifests,
  };
}

/** A command about nothing but its own line. */
function nowhere(): Omit<ExecProject, 'unvetted'> {
  const folder = process.cwd();
  const nothing = { roots: [], buildRoots: [], pins: [], requiresPython: undefined };
  return { ...nothing, folder, lock: path.join(folder, 'uv.lock'), manifests: [path.join(folder, 'pyproject.toml')] };
}

/** A script that states in itself what it needs (PEP 723); undefined for any other. */
async function readScript(
  { script, keepsLock }: Exec['ask'],
  configured: readonly UnvettedSource[],
  ports: RootsPorts,
): Promise<ExecProject | undefined> {
  const found = await readFound(script);
  if (found === undefined || scriptBlocks(found.text).length === 0) return undefined;
  const lock = `${found.file}.lock`;
  const { paths, pins, ...asked } = readProject({ script: found.text, uvLock: (await readFound(lock))?.text });
  const unvetted = await Promise.all(paths.pyproject.map((local) => unvettedPath(local, found, ports)));
  return {
    ...asked,
    pins: keepsLock ? pins : [],
    unvetted: [...configured, ...unvetted.flatMap((one) => one ?? [])],
    folder: process.cwd(),
    lock,
    manifests: [found.file],
  };
}

/** Folders of wheels that uv's own configuration names; its other settings are the user's business. */
async function configuredLinks(
  { environment }: ProcessContext,
  { tool, ask }: Exec,
  ports: RootsPorts,
): Promise<UnvettedSource[]> {
  if (tool.name !== 'uv' && tool.name !== 'uvx') return [];
  const start = ask.project ?? process.cwd();
  const own = userFileOfUv({ platform: process.platform, home: homeFolder(), environment });
  const files = [findUp(start, 'uv.toml'), findUp(start, 'pyproject.toml'), own];
  const found = await Promise.all(files.map(readFound));
  const unvetted = found.map(async (one) => {
    if (one === undefined) return [];
    const where = lineFinder(one.text, path.relative(ports.folder, one.file));
    const kind = path.basename(one.file) === 'uv.toml' ? 'uv.toml' : 'pyproject.toml';
    const links = localSourcesOfUv(one.text, kind);
    return Promise.all(links.map((value) => unvettedOption({ name: '--find-links', value }, where(value), ports)));
  });
  return (await Promise.all(unvetted)).flat().flatMap((one) => one ?? []);
}

type Found = { readonly file: string; readonly text: string };

async function readFound(file: string | undefined): Promise<Found | undefined> {
  const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  return file === undefined || text === undefined ? undefined : { file, text };
}

async function unvettedPath(
  local: string,
  found: Found | undefined,
  ports: RootsPorts,
): Promise<UnvettedSource | undefined> {
  if (found === undefined) return undefined;
  const where = lineFinder(found.text, path.relative(ports.folder, found.file))(local);
  const absolute = path.resolve(path.dirname(found.file), pathOf(local));
  const target = await readTarget(absolute, ports.folder, ports.files.kindOf);
  const unvetted = await unvettedTarget(target, where, ports);
  return unvetted && { ...unvetted, value: local };
}

function pathOf(local: string): string {
  try {
    return /^file:/i.test(local) ? fileURLToPath(local) : local;
  } catch {
    return local;
  }
}
