import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeFolder } from '../folders.ts';
import type { UploadCutoff } from '../index/upload-cutoff.ts';
import { unvettedOption, unvettedTarget } from '../pip/bypass.ts';
import { isTrue } from '../pip/configuration.ts';
import { lineFinder } from '../pip/line-finder.ts';
import { scriptBlocks } from '../pip/project-file.ts';
import type { RootsPorts } from '../pip/roots.ts';
import { readTarget } from '../pip/targets.ts';
import type { UnvettedSource } from '../pip/unvetted-source.ts';
import type { ProcessContext } from '../process-context.ts';
import { isEnforcedUv } from './enforced-uv-configuration.ts';
import { configuredExcludeNewer, excludeNewerOf, uploadCutoffOf } from './exclude-newer.ts';
import type { ExecCommand } from './exec-command.ts';
import type { IsolatedRequest } from './installer-request.ts';
import { parseHatchEnvironments } from './parse-hatch.ts';
import { parseProject } from './parse-project.ts';
import { readPreCommitProject } from './read-pre-commit-project.ts';
import { uvLocalSources, uvUserFile } from './uv-configuration.ts';
import { findUp, workspaceFolders } from './uv-folders.ts';

/** The requirements of the project that a command is about, and its files. */
export type ExecProject = {
  readonly roots: readonly string[];
  readonly buildRoots: readonly string[];
  /** The pins of its lock file, if the command keeps them. */
  readonly pins: readonly string[];
  /** The range of Pythons that it supports, which its lock file covers. */
  readonly requiresPython: string | undefined;
  /** Local files and folders that would be installed unvetted. */
  readonly unvetted: readonly UnvettedSource[];
  /** The folder of its lock file. */
  readonly folder: string;
  /** The uv.lock that the command uses. */
  readonly lock: string;
  /** Files in which people declare requirements. Installers also change them. */
  readonly manifests: readonly string[];
};

/** Reads the project that a command is about, and the configuration of the installer. */
export async function readExecProject(
  context: ProcessContext,
  exec: ExecCommand,
  ports: RootsPorts,
): Promise<ExecProject> {
  const { project } = exec.request;
  const configured = await configuredLinks(context, exec, ports);
  if (exec.installer.name === 'pre-commit') {
    return { ...withoutProject(), ...(await readPreCommitProject(context, exec.args, ports)) };
  }
  const { isolated } = exec.request;
  if (isolated !== undefined) return { ...withoutProject(), ...(await readIsolated(isolated)), unvetted: configured };
  const script = await readScript(exec.request, configured, ports);
  if (script !== undefined) return script;
  if (project === undefined) return { ...withoutProject(), unvetted: configured };
  const find = (name: string) => readIfPresent(findUp(project, name));
  const manifests = (await workspaceFolders(project)).map((folder) => path.join(folder, 'pyproject.toml'));
  const [pipfile, uvLock, poetryLock, pipfileLock, pdmLock] = await Promise.all([
    ...[find('Pipfile'), find('uv.lock'), find('poetry.lock'), find('Pipfile.lock'), find('pdm.lock')],
  ]);
  const projects = (await Promise.all(manifests.map(readIfPresent))).flatMap((source) => source ?? []);
  const [pyproject, ...members] = projects;
  const { paths, pins, ...requirements } = parseProject({
    pyproject: pyproject?.text,
    members: members.map(({ text }) => text),
    pipfile: pipfile?.text,
    uvLock: uvLock?.text,
    poetryLock: poetryLock?.text,
    pipfileLock: pipfileLock?.text,
    pdmLock: pdmLock?.text,
  });
  const unvetted = await Promise.all([
    ...projects.flatMap((source) =>
      parseProject({ pyproject: source.text }).paths.pyproject.map((local) => unvettedPath(local, source, ports)),
    ),
    ...paths.pipfile.map((local) => unvettedPath(local, pipfile, ports)),
  ]);
  const mainFile = uvLock ?? pyproject ?? pipfile;
  const folder = mainFile === undefined ? project : path.dirname(mainFile.file);
  return {
    ...requirements,
    pins: exec.request.keepsLock ? pins : [],
    unvetted: [...configured, ...unvetted.flatMap((source) => source ?? [])],
    folder,
    lock: path.join(folder, 'uv.lock'),
    manifests,
  };
}

/** Reads what a project needs to be built, and what its environments of hatch install. */
async function readIsolated({ folder, environments }: IsolatedRequest) {
  const [pyproject, hatch] = await Promise.all(
    ['pyproject.toml', 'hatch.toml'].map(async (name) => (await readIfPresent(path.join(folder, name)))?.text),
  );
  const { roots, buildRoots } = parseProject({ pyproject });
  const { requirements, installsProject } = parseHatchEnvironments({ pyproject, hatch }, environments);
  return { roots: [...(installsProject ? roots : []), ...requirements], buildRoots };
}

/** Returns the empty project of a command that reads none. It may still write files of the current folder. */
function withoutProject(): Omit<ExecProject, 'unvetted'> {
  const folder = process.cwd();
  const empty = { roots: [], buildRoots: [], pins: [], requiresPython: undefined };
  return { ...empty, folder, lock: path.join(folder, 'uv.lock'), manifests: [path.join(folder, 'pyproject.toml')] };
}

/** Reads a script with inline metadata (PEP 723). Returns undefined for any other script. */
async function readScript(
  { script, keepsLock }: ExecCommand['request'],
  configured: readonly UnvettedSource[],
  ports: RootsPorts,
): Promise<ExecProject | undefined> {
  const source = await readIfPresent(script);
  if (source === undefined || scriptBlocks(source.text).length === 0) return undefined;
  const lock = `${source.file}.lock`;
  const uvLock = (await readIfPresent(lock))?.text;
  const { paths, pins, ...requirements } = parseProject({ script: source.text, uvLock });
  const unvetted = await Promise.all(paths.pyproject.map((local) => unvettedPath(local, source, ports)));
  return {
    ...requirements,
    pins: keepsLock ? pins : [],
    unvetted: [...configured, ...unvetted.flatMap((local) => local ?? [])],
    folder: process.cwd(),
    lock,
    manifests: [source.file],
  };
}

/** Returns the local package sources in uv's configuration, such as folders of wheels. */
async function configuredLinks(
  { environment }: ProcessContext,
  { installer, request }: ExecCommand,
  ports: RootsPorts,
): Promise<UnvettedSource[]> {
  const sources = await uvConfiguration(environment, { installer, request });
  const unvetted = sources.map(async (source) => {
    if (source === undefined || isEnforcedUv(source.text)) return [];
    const locationOf = lineFinder(source.text, path.relative(ports.folder, source.file));
    const links = uvLocalSources(source.text, kindOf(source.file));
    return Promise.all(links.map((value) => unvettedOption({ name: '--find-links', value }, locationOf(value), ports)));
  });
  return (await Promise.all(unvetted)).flat().flatMap((link) => link ?? []);
}

/** Reads the files that configure uv, the one that takes precedence first. Other installers have none. */
async function uvConfiguration(
  environment: ProcessContext['environment'],
  { installer, request }: Pick<ExecCommand, 'installer' | 'request'>,
): Promise<readonly (SourceFile | undefined)[]> {
  if (installer.name !== 'uv' && installer.name !== 'uvx') return [];
  const start = request.project ?? process.cwd();
  const userFile = uvUserFile({ platform: process.platform, home: homeFolder(), environment });
  return Promise.all([findUp(start, 'uv.toml'), findUp(start, 'pyproject.toml'), userFile].map(readIfPresent));
}

/** Returns the time before which uv's files must have been uploaded, from its command line, variable and configuration. */
export async function readUploadCutoff(
  { environment, now }: Pick<ProcessContext, 'environment' | 'now'>,
  exec: ExecCommand,
): Promise<UploadCutoff | undefined> {
  if (exec.installer.name !== 'uv' && exec.installer.name !== 'uvx') return undefined;
  const ignoresFiles = exec.args.includes('--no-config') || isTrue(environment.UV_NO_CONFIG);
  const files = ignoresFiles ? [] : await uvConfiguration(environment, exec);
  const isPip = exec.args.includes('pip');
  const configured = files.flatMap((source) => {
    if (source === undefined) return [];
    return configuredExcludeNewer(source.text, kindOf(source.file), { isPip }) ?? [];
  });
  const script = await readIfPresent(exec.request.script);
  // A script with metadata is read instead of the project (PEP 723).
  const blocks = script === undefined ? [] : scriptBlocks(script.text);
  const inScript = blocks.flatMap((toml) => configuredExcludeNewer(toml, 'pyproject.toml', { isPip: false }) ?? []);
  const typed = excludeNewerOf(exec.request.excludeNewer ?? [], environment.UV_EXCLUDE_NEWER);
  return uploadCutoffOf([typed, ...inScript, ...configured], now());
}

function kindOf(file: string): 'uv.toml' | 'pyproject.toml' {
  return path.basename(file) === 'uv.toml' ? 'uv.toml' : 'pyproject.toml';
}

type SourceFile = { readonly file: string; readonly text: string };

async function readIfPresent(file: string | undefined): Promise<SourceFile | undefined> {
  const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  return file === undefined || text === undefined ? undefined : { file, text };
}

async function unvettedPath(
  local: string,
  source: SourceFile | undefined,
  ports: RootsPorts,
): Promise<UnvettedSource | undefined> {
  if (source === undefined) return undefined;
  const location = lineFinder(source.text, path.relative(ports.folder, source.file))(local);
  const absolute = path.resolve(path.dirname(source.file), pathOf(local));
  const target = await readTarget(absolute, ports.folder, ports.files.kindOf);
  const unvetted = await unvettedTarget(target, location, ports);
  return unvetted && { ...unvetted, value: local };
}

function pathOf(local: string): string {
  try {
    return /^file:/i.test(local) ? fileURLToPath(local) : local;
  } catch {
    return local;
  }
}
