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
  /** Build requirements of local projects. */
  readonly buildRoots: Set<string>;
  readonly constraints: Set<string>;
  readonly unvetted: UnvettedSource[];
  readonly problems: string[];
  /** Options from files. */
  readonly options: RequirementsFile['options'][number][];
  readonly command: PipCommand;
  readonly configured: Pick<PipConfiguration, 'options'>;
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
  configured: Gathering['configured'],
  ports: RootsPorts,
  repeatable: RepeatableCommand,
): Promise<Gathering> {
  const gathering: Gathering = {
    ...{ roots: new Set(), constraints: new Set(), unvetted: [], problems: [], options: [], projects: new Set() },
    locks: [],
    buildRoots: new Set(),
    ...{ command, configured, ports, repeatable },
  };
  const given = (name: string) => inputs(command, configured, name);
  gathering.unvetted.push(...(await unvettedOptions(command, ports)));
  for (const { value, where } of given('--build-constraint')) await takeFile(value, where, 'build', gathering);
  for (const { value, where } of given('--constraint')) await takeFile(value, where, 'constraint', gathering);
  const typed = command.verb === 'index' ? command.arguments.slice(1) : command.arguments;
  for (const text of typed) await takeWord(text, 'argument', gathering);
  const [groups, files] = [given('--group'), given('--requirement')];
  for (const { value, where } of groups) if (!namesLockFile('--group', value)) await takeGroup(value, where, gathering);
  for (const { value, where } of given('--editable')) await takeEditable(value, where, gathering);
  for (const { value, where } of files) {
    if (!namesLockFile('--requirement', value)) await takeFile(value, where, 'requirement', gathering);
  }
  for (const lock of listLockFiles(files, groups, ports.folder)) await takeLock(lock, gathering);
  for (const { value, where } of given('--requirements-from-script')) await takeScript(value, where, gathering);
  return gathering;
}

type Project = Extract<Target, { kind: 'project' }>;
type FileKind = 'requirement' | 'constraint' | 'build';

async function takeFile(typed: string, from: string, kind: FileKind, gathering: Gathering): Promise<void> {
  const { ports, repeatable } = gathering;
  const constraint = kind !== 'requirement';
  const file = repeatable.copies.get(typed) ?? typed;
  const readIncluded = (included: string) =>
    readRegularFile(included, ports.files, {
      message: `a requirements file includes \`${included}\`, which can be read only once`,
      hint: `pass it on the command line: \`awspip install -r ${included}\``,
    });
  const read = await readRequirementsFile(file, { ...ports, read: readIncluded }, { constraint });
  const where = ({ file: name, line }: Pick<RequirementLine, 'file' | 'line'>) =>
    line === 0 ? from : `${repeatable.originals.get(name) ?? name}:${line}`;
  for (const option of read.options) {
    if (kind !== 'build') gathering.options.push(option);
    addUnvetted(await unvettedOption(option, where(option), ports), gathering);
  }
  for (const line of read.constraints) await takeConstraint(line.text, where(line), kind, gathering);
  for (const line of read.requirements) await takeWord(line.text, where(line), gathering);
  for (const line of read.editables) await takeEditable(line.text, where(line), gathering);
  for (const line of read.remote) {
    addUnvetted({ what: 'remote-file', where: where(line), value: withoutCredentials(line.text) }, gathering);
  }
  for (const line of read.problems) addProblem(where(line), line.text, gathering);
  const [unclear] = read.ambiguousVariables;
  // An unvetted source on such a line is the better reason to reject it.
  if (unclear !== undefined && gathering.unvetted.length === 0) throw ambiguousVariable(unclear.text, where(unclear));
}

/** Adds a lock file: its pins become roots, and its other sources are checked like any others. */
async function takeLock(named: ReturnType<typeof listLockFiles>[number], gathering: Gathering): Promise<void> {
  const { ports } = gathering;
  const { file, where: from } = named;
  const [folder, shown] = [path.dirname(file), path.relative(ports.folder, file) || file];
  // pip would read the original file, because a copy can replace it only on the command line.
  if (from !== 'argument') return addUnvetted({ what: 'lock-file', where: from, value: shown }, gathering);
  const text = await readText(file, gathering);
  if (text === undefined) return addProblem(from, `the lock file ${shown} can't be read`, gathering);
  const lock = (await loadLockReader()).readLockFile(text, folder, named);
  if (lock === undefined) throw unreadableLock(shown);
  const where = lineFinder(text, shown);
  const allowedFiles = new Set<string>();
  for (const { name, path: local, sha256 } of lock.unresolvedFiles) {
    const open =
      local !== undefined &&
      isAllowedPath(await ports.files.realPath(path.resolve(folder, local)), ports.allowed ?? noAllowedSources);
    if (open) allowedFiles.add(local);
    else if (sha256 === undefined)
      addUnvetted({ what: 'missing-digest', where: where(`"${name}"`), value: name }, gathering);
  }
  for (const root of lock.roots) addRoot(root, gathering);
  for (const { name, text: target, editable } of lock.directReferences) {
    await (editable ? takeEditable : takeWord)(target, where(`"${name}"`), gathering);
  }
  gathering.locks.push({ file, text, allowedFiles });
}

async function takeWord(text: string, where: string, gathering: Gathering): Promise<void> {
  if (text.trim() === '') return;
  await take(await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

async function takeEditable(text: string, where: string, gathering: Gathering): Promise<void> {
  await take(await readEditable(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

/** Adds a constraint. A URL or a folder in it would install another file under a plain name. */
async function takeConstraint(text: string, where: string, kind: FileKind, gathering: Gathering): Promise<void> {
  const target = await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf);
  if (target.kind === 'project') addUnvetted(await unvettedTarget(target, where, gathering.ports), gathering);
  else if (target.kind !== 'requirement') await take(target, where, gathering);
  else if (kind !== 'build') gathering.constraints.add(target.text);
}

async function take(target: Target, where: string, gathering: Gathering): Promise<void> {
  switch (target.kind) {
    case 'requirement':
      return addRoot(target.text, gathering);
    case 'project':
      return takeProject(target, where, gathering);
    case 'unvetted':
      return addUnvetted(await unvettedTarget(target, where, gathering.ports), gathering);
    case 'invalid':
      return addProblem(where, `${target.text} is not a requirement`, gathering);
  }
}

function addRoot(text: string, { roots }: Gathering): void {
  roots.add(text);
  if (roots.size > maxRoots) throw tooMany(`${maxRoots} requirements`);
}

function addUnvetted(unvetted: UnvettedSource | undefined, gathering: Gathering): void {
  if (unvetted !== undefined) gathering.unvetted.push(unvetted);
}

function addProblem(where: string, text: string, gathering: Gathering): void {
  gathering.problems.push(`${where}: ${withoutCredentials(text)}`);
}

/** Loads the parser of project files, which needs the TOML library. */
const projectFile = () => import('./project-file.ts');

async function takeProject(project: Project, from: string, gathering: Gathering): Promise<void> {
  const { folder, extras } = project;
  const key = [folder, ...extras].join('\n');
  if (gathering.projects.has(key)) return;
  gathering.projects.add(key);
  if (gathering.projects.size > maxProjects) throw tooMany(`${maxProjects} projects on this machine`);
  const unvetted = await unvettedTarget(project, from, gathering.ports);
  if (unvetted !== undefined) return addUnvetted(unvetted, gathering);
  const { projectNeeds } = await projectFile();
  const file = path.join(folder, 'pyproject.toml');
  const content = await readText(file, gathering);
  const needs = projectNeeds(content, extras);
  const isolated = !gathering.command.options.some(({ name }) => name === '--no-build-isolation');
  const { noDeps } = rootOptions(gathering.command, gathering.configured, []);
  const where = lineFinder(content, path.relative(gathering.ports.folder, file) || file);
  for (const text of noDeps ? [] : needs.dependencies) await takeWord(text, where(text), gathering);
  for (const text of isolated ? needs.buildRequires : []) await takeBuildNeed(text, where(text), gathering);
}

async function takeBuildNeed(text: string, where: string, gathering: Gathering): Promise<void> {
  const target = await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf);
  if (target.kind === 'requirement') gathering.buildRoots.add(target.text);
  else await take(target, where, gathering);
}

async function takeGroup(value: string, from: string, gathering: Gathering): Promise<void> {
  const colon = value.lastIndexOf(':');
  const file = colon < 0 ? 'pyproject.toml' : value.slice(0, colon);
  const text = await readText(file, gathering);
  const lines = text === undefined ? undefined : (await projectFile()).groupRequirements(text, value.slice(colon + 1));
  if (lines === undefined) return addProblem(from, `there is no dependency group \`${value}\``, gathering);
  const where = lineFinder(text, file);
  for (const line of lines) await takeWord(line, where(line), gathering);
}

async function takeScript(file: string, from: string, gathering: Gathering): Promise<void> {
  if (isRemote(file))
    return addUnvetted({ what: 'remote-file', where: from, value: withoutCredentials(file) }, gathering);
  const text = await readText(file, gathering);
  const lines = text === undefined ? undefined : (await projectFile()).scriptRequirements(text);
  const where = lineFinder(text, file);
  for (const line of lines ?? []) await takeWord(line, where(line), gathering);
}

async function readText(typed: string, { ports: { files, folder } }: Gathering): Promise<string | undefined> {
  const file = path.isAbsolute(typed) ? typed : `${folder}${path.sep}${typed}`;
  const kinds = [await files.kindOf(file), await files.kindOf(path.resolve(file))];
  if (kinds.every((kind) => kind === 'absent' || kind === 'folder')) return undefined;
  const message = `\`${typed}\` can be read only once`;
  return new TextDecoder().decode(
    await readRegularFile(file, files, { message, hint: 'copy it to a file and pass that file' }),
  );
}
