import path from 'node:path';
import { type AllowedSources, isAllowedPath, noAllowedSources } from './allowed-sources.ts';
import { unvettedOption, unvettedOptions, unvettedTarget } from './bypass.ts';
import type { PipConfiguration } from './configuration.ts';
import type { FilePort } from './files.ts';
import { ambiguousVariable, tooMany, unreadableLock } from './gather-errors.ts';
import type { PipCommand } from './grammar.ts';
import { lineFinder } from './line-finder.ts';
import { type Lock, listLockFiles, loadLockReader, namesLockFile } from './lock-sources.ts';
import type { RepeatableCommand } from './once-only-inputs.ts';
import { readRegularFile } from './read-regular-file.ts';
import { isRemote, type RequirementLine, type RequirementsFile, readRequirementsFile } from './requirements-file.ts';
import { inputs, rootOptions } from './root-options.ts';
import { readEditable, readTarget, type Target } from './targets.ts';
import { type UnvettedSource, withoutCredentials } from './unvetted-source.ts';

/** The outside services for reading a command line's files. */
export type RootsPorts = {
  /** The working folder, absolute. */
  readonly folder: string;
  /** The environment variables: `PIP_*`, and the values of `${NAME}` in files. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly files: FilePort;
  /** The options from configuration files and variables for this verb. If absent, only variables count. */
  readonly configuration?: Pick<PipConfiguration, 'options'> | undefined;
  /** The home folder, which never counts as a project. */
  readonly home?: string | undefined;
  /** The unvetted sources that the user allowed, in addition to the user's own project. */
  readonly allowed?: AllowedSources | undefined;
};

/** The requirements collected so far. */
type Gathering = {
  readonly roots: Set<string>;
  /** Where roots stand that are not arguments, by their text. */
  readonly locations: Map<string, string>;
  /** Build requirements of local projects. */
  readonly buildRoots: Set<string>;
  readonly constraints: Set<string>;
  readonly unvetted: UnvettedSource[];
  readonly problems: string[];
  /** Options from files. */
  readonly options: RequirementsFile['options'][number][];
  readonly command: PipCommand;
  readonly configuration: Pick<PipConfiguration, 'options'>;
  readonly ports: RootsPorts;
  readonly repeatable: RepeatableCommand;
  /** Local projects that were read, with their extras. */
  readonly projects: Set<string>;
  readonly locks: Lock[];
};

const maxRoots = 100_000;
const maxProjects = 1000;

/** Collects requirements from configuration, arguments, files, groups and scripts in pip's order. */
export async function gather(
  command: PipCommand,
  configuration: Gathering['configuration'],
  ports: RootsPorts,
  repeatable: RepeatableCommand,
): Promise<Gathering> {
  const gathering: Gathering = {
    ...{
      roots: new Set(),
      locations: new Map(),
      constraints: new Set(),
      unvetted: [],
      problems: [],
      options: [],
      projects: new Set(),
    },
    locks: [],
    buildRoots: new Set(),
    ...{ command, configuration, ports, repeatable },
  };
  const inputsOf = (name: string) => inputs(command, configuration, name);
  gathering.unvetted.push(...(await unvettedOptions(command, ports)));
  for (const { value, where } of inputsOf('--build-constraint')) await addFile(value, where, 'build', gathering);
  for (const { value, where } of inputsOf('--constraint')) await addFile(value, where, 'constraint', gathering);
  const typed = command.verb === 'index' ? command.arguments.slice(1) : command.arguments;
  for (const text of typed) await addArgument(text, 'argument', gathering);
  const [groups, files] = [inputsOf('--group'), inputsOf('--requirement')];
  for (const { value, where } of groups) if (!namesLockFile('--group', value)) await addGroup(value, where, gathering);
  for (const { value, where } of inputsOf('--editable')) await addEditable(value, where, gathering);
  for (const { value, where } of files) {
    if (!namesLockFile('--requirement', value)) await addFile(value, where, 'requirement', gathering);
  }
  for (const lock of listLockFiles(files, groups, ports.folder)) await addLock(lock, gathering);
  for (const { value, where } of inputsOf('--requirements-from-script')) await addScript(value, where, gathering);
  return gathering;
}

type Project = Extract<Target, { kind: 'project' }>;
type FileKind = 'requirement' | 'constraint' | 'build';

async function addFile(typed: string, from: string, kind: FileKind, gathering: Gathering): Promise<void> {
  const { ports, repeatable } = gathering;
  const constraint = kind !== 'requirement';
  const file = repeatable.copies.get(typed) ?? typed;
  const readIncluded = (included: string) =>
    readRegularFile(included, ports.files, {
      message: `a requirements file includes \`${included}\`, which can be read only once`,
      hint: 'pass it on the command line, with `-r` or `-c`',
    });
  const requirementsFile = await readRequirementsFile(file, { ...ports, read: readIncluded }, { constraint });
  const where = ({ file: name, line }: Pick<RequirementLine, 'file' | 'line'>) =>
    line === 0 ? from : `${repeatable.originals.get(name) ?? name}:${line}`;
  for (const option of requirementsFile.options) {
    if (kind !== 'build') gathering.options.push(option);
    addUnvetted(await unvettedOption(option, where(option), ports), gathering);
  }
  for (const line of requirementsFile.constraints) await addConstraint(line.text, where(line), kind, gathering);
  for (const line of requirementsFile.requirements) await addArgument(line.text, where(line), gathering);
  for (const line of requirementsFile.editables) await addEditable(line.text, where(line), gathering);
  for (const line of requirementsFile.remote) {
    addUnvetted({ kind: 'remote-file', where: where(line), value: withoutCredentials(line.text) }, gathering);
  }
  for (const line of requirementsFile.problems) addProblem(where(line), line.text, gathering);
  const [ambiguous] = requirementsFile.ambiguousVariables;
  // An unvetted source on such a line is the better reason to reject it.
  if (ambiguous !== undefined && gathering.unvetted.length === 0)
    throw ambiguousVariable(ambiguous.text, where(ambiguous));
}

/** Adds a lock file: its pins become roots, and its other sources are checked like any others. */
async function addLock(named: ReturnType<typeof listLockFiles>[number], gathering: Gathering): Promise<void> {
  const { ports } = gathering;
  const { file, where: from } = named;
  const [folder, displayPath] = [path.dirname(file), path.relative(ports.folder, file) || file];
  // pip would read the original file, because a copy can replace it only on the command line.
  if (from !== 'argument') return addUnvetted({ kind: 'lock-file', where: from, value: displayPath }, gathering);
  const text = await readText(file, gathering);
  if (text === undefined) return addProblem(from, `the lock file \`${displayPath}\` could not be read`, gathering);
  const lock = (await loadLockReader()).readLockFile(text, folder, named);
  if (lock === undefined) throw unreadableLock(displayPath);
  const where = lineFinder(text, displayPath);
  const allowedFiles = new Set<string>();
  for (const { name, path: filePath, sha256 } of lock.unresolvedFiles) {
    const isAllowed =
      filePath !== undefined &&
      isAllowedPath(await ports.files.realPath(path.resolve(folder, filePath)), ports.allowed ?? noAllowedSources);
    if (isAllowed) allowedFiles.add(filePath);
    else if (sha256 === undefined)
      addUnvetted({ kind: 'missing-digest', where: where(`"${name}"`), value: name }, gathering);
  }
  for (const root of lock.roots) addRoot(root, displayPath, gathering);
  for (const { name, text: target, editable } of lock.directReferences) {
    await (editable ? addEditable : addArgument)(target, where(`"${name}"`), gathering);
  }
  gathering.locks.push({ file, text, allowedFiles });
}

async function addArgument(text: string, where: string, gathering: Gathering): Promise<void> {
  if (text.trim() === '') return;
  await addTarget(await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

async function addEditable(text: string, where: string, gathering: Gathering): Promise<void> {
  await addTarget(await readEditable(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

/** Adds a constraint. A URL or a folder in it would install another file under a plain name. */
async function addConstraint(text: string, where: string, kind: FileKind, gathering: Gathering): Promise<void> {
  const target = await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf);
  if (target.kind === 'project') addUnvetted(await unvettedTarget(target, where, gathering.ports), gathering);
  else if (target.kind !== 'requirement') await addTarget(target, where, gathering);
  else if (kind !== 'build') gathering.constraints.add(target.text);
}

async function addTarget(target: Target, where: string, gathering: Gathering): Promise<void> {
  switch (target.kind) {
    case 'requirement':
      return addRoot(target.text, where, gathering);
    case 'project':
      return addProject(target, where, gathering);
    case 'unvetted':
      return addUnvetted(await unvettedTarget(target, where, gathering.ports), gathering);
    case 'invalid':
      return addProblem(where, `${target.text} is not a requirement`, gathering);
  }
}

function addRoot(text: string, where: string, { roots, locations }: Gathering): void {
  roots.add(text);
  if (where !== 'argument' && !locations.has(text)) locations.set(text, where);
  if (roots.size > maxRoots) throw tooMany(`${maxRoots} requirements`);
}

function addUnvetted(unvetted: UnvettedSource | undefined, gathering: Gathering): void {
  if (unvetted !== undefined) gathering.unvetted.push(unvetted);
}

function addProblem(where: string, text: string, gathering: Gathering): void {
  gathering.problems.push(`${where}: ${withoutCredentials(text)}`);
}

/** Loads the parser of project files, which needs the TOML library. */
const loadProjectFileReader = () => import('./project-file.ts');

async function addProject(project: Project, from: string, gathering: Gathering): Promise<void> {
  const { folder, extras, editable = false } = project;
  const key = [folder, `${editable}`, ...extras].join('\n');
  if (gathering.projects.has(key)) return;
  gathering.projects.add(key);
  if (gathering.projects.size > maxProjects) throw tooMany(`${maxProjects} projects on this machine`);
  const unvetted = await unvettedTarget(project, from, gathering.ports);
  if (unvetted !== undefined) return addUnvetted(unvetted, gathering);
  const { projectRequirements } = await loadProjectFileReader();
  const file = path.join(folder, 'pyproject.toml');
  const content = await readText(file, gathering);
  const requirements = projectRequirements(content, extras, editable);
  const isolated = !gathering.command.options.some(({ name }) => name === '--no-build-isolation');
  const { noDeps } = rootOptions(gathering.command, gathering.configuration, []);
  const where = lineFinder(content, path.relative(gathering.ports.folder, file) || file);
  for (const text of noDeps ? [] : requirements.dependencies) await addArgument(text, where(text), gathering);
  for (const text of isolated ? requirements.buildRequires : [])
    await addBuildRequirement(text, where(text), gathering);
}

async function addBuildRequirement(text: string, where: string, gathering: Gathering): Promise<void> {
  const target = await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf);
  if (target.kind === 'requirement') gathering.buildRoots.add(target.text);
  else await addTarget(target, where, gathering);
}

async function addGroup(value: string, from: string, gathering: Gathering): Promise<void> {
  const colon = value.lastIndexOf(':');
  const file = colon < 0 ? 'pyproject.toml' : value.slice(0, colon);
  const text = await readText(file, gathering);
  const lines =
    text === undefined ? undefined : (await loadProjectFileReader()).groupRequirements(text, value.slice(colon + 1));
  if (lines === undefined) return addProblem(from, `there is no dependency group \`${value}\``, gathering);
  const where = lineFinder(text, file);
  for (const line of lines) await addArgument(line, where(line), gathering);
}

async function addScript(file: string, from: string, gathering: Gathering): Promise<void> {
  if (isRemote(file))
    return addUnvetted({ kind: 'remote-file', where: from, value: withoutCredentials(file) }, gathering);
  const text = await readText(file, gathering);
  const lines = text === undefined ? undefined : (await loadProjectFileReader()).scriptRequirements(text);
  const where = lineFinder(text, file);
  for (const line of lines ?? []) await addArgument(line, where(line), gathering);
}

async function readText(typedPath: string, { ports: { files, folder } }: Gathering): Promise<string | undefined> {
  const file = path.isAbsolute(typedPath) ? typedPath : `${folder}${path.sep}${typedPath}`;
  const kinds = [await files.kindOf(file), await files.kindOf(path.resolve(file))];
  if (kinds.every((kind) => kind === 'absent' || kind === 'folder')) return undefined;
  const message = `\`${typedPath}\` can be read only once`;
  return new TextDecoder().decode(
    await readRegularFile(file, files, { message, hint: 'copy it to a file and pass that file' }),
  );
}
