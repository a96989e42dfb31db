import path from 'node:path';
import { closedOption, unvettedOptions, unvettedTarget } from './bypass.ts';
import type { PipConfiguration } from './configuration.ts';
import type { FilePort } from './files.ts';
import { noLock, tooMany, unclearVariable } from './gather-errors.ts';
import type { PipCommand } from './grammar.ts';
import { lineFinder } from './line-finder.ts';
import { isLock, type Lock, lockFile, namedLocks } from './lock-sources.ts';
import type { Repeatable } from './once-only-inputs.ts';
import { isOpenPath, nothingOpen, type OpenSources } from './open-sources.ts';
import { readAgain } from './read-again.ts';
import { isRemote, type RequirementLine, type RequirementsFile, readRequirementsFile } from './requirements-file.ts';
import { inputs, rootOptions } from './root-options.ts';
import { readEditable, readTarget, type Target } from './targets.ts';
import { type UnvettedSource, withoutCredentials } from './unvetted-source.ts';

/** The outside world of a command line's files. */
export type RootsPorts = {
  /** The working folder, absolute. */
  readonly folder: string;
  /** The environment's variables: `PIP_*`, and what `${NAME}` in files stands for. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly files: FilePort;
  /** What configuration files and variables say for this verb; the variables alone when absent. */
  readonly configuration?: Pick<PipConfiguration, 'options'> | undefined;
  /** The home folder: no project of anybody's. */
  readonly home?: string | undefined;
  /** What may come in unvetted besides the own project. */
  readonly open?: OpenSources | undefined;
};

/** What was found so far. */
type Gathering = {
  readonly roots: Set<string>;
  /** Where roots stand that are not arguments, by their text. */
  readonly locations: Map<string, string>;
  /** What builds of local projects need. */
  readonly buildRoots: Set<string>;
  readonly constraints: Set<string>;
  readonly unvetted: UnvettedSource[];
  readonly problems: string[];
  /** Options that files set. */
  readonly options: RequirementsFile['options'][number][];
  readonly command: PipCommand;
  readonly configured: Pick<PipConfiguration, 'options'>;
  readonly ports: RootsPorts;
  readonly repeatable: Repeatable;
  /** Local projects read, with their extras. */
  readonly projects: Set<string>;
  readonly locks: Lock[];
};

const maxRoots = 100_000;
const maxProjects = 1000;

/** Reads configuration, arguments, files, groups and scripts in pip's order. */
export async function gather(
  command: PipCommand,
  configured: Gathering['configured'],
  ports: RootsPorts,
  repeatable: Repeatable,
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
    ...{ command, configured, ports, repeatable },
  };
  const given = (name: string) => inputs(command, configured, name);
  gathering.unvetted.push(...(await unvettedOptions(command, ports)));
  for (const { value, where } of given('--build-constraint')) await takeFile(value, where, 'build', gathering);
  for (const { value, where } of given('--constraint')) await takeFile(value, where, 'constraint', gathering);
  const typed = command.verb === 'index' ? command.arguments.slice(1) : command.arguments;
  for (const text of typed) await takeWord(text, 'argument', gathering);
  const [groups, files] = [given('--group'), given('--requirement')];
  for (const { value, where } of groups) if (!isLock('--group', value)) await takeGroup(value, where, gathering);
  for (const { value, where } of given('--editable')) await takeEditable(value, where, gathering);
  for (const { value, where } of files) {
    if (!isLock('--requirement', value)) await takeFile(value, where, 'requirement', gathering);
  }
  for (const lock of namedLocks(files, groups, ports.folder)) await takeLock(lock, gathering);
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
    readAgain(included, ports.files, {
      message: `a requirements file includes ${included}, which can be read only once`,
      hint: `name it on the command line: awspip install -r ${included}`,
    });
  const read = await readRequirementsFile(file, { ...ports, read: readIncluded }, { constraint });
  const where = ({ file: name, line }: Pick<RequirementLine, 'file' | 'line'>) =>
    line === 0 ? from : `${repeatable.originals.get(name) ?? name}:${line}`;
  for (const option of read.options) {
    if (kind !== 'build') gathering.options.push(option);
    addUnvetted(await closedOption(option, where(option), ports), gathering);
  }
  for (const line of read.constraints) await takeConstraint(line.text, where(line), kind, gathering);
  for (const line of read.requirements) await takeWord(line.text, where(line), gathering);
  for (const line of read.editables) await takeEditable(line.text, where(line), gathering);
  for (const line of read.remote) {
    addUnvetted({ what: 'remote-file', where: where(line), value: withoutCredentials(line.text) }, gathering);
  }
  for (const line of read.problems) addProblem(where(line), line.text, gathering);
  const [unclear] = read.unclear;
  // What such a line says of indexes and the like is the better reason to refuse it.
  if (unclear !== undefined && gathering.unvetted.length === 0) throw unclearVariable(unclear.text, where(unclear));
}

/** A lock file's pins are roots; what it takes from elsewhere is held against the same bounds as anything else. */
async function takeLock(named: ReturnType<typeof namedLocks>[number], gathering: Gathering): Promise<void> {
  const { ports } = gathering;
  const { file, where: from } = named;
  const [folder, shown] = [path.dirname(file), path.relative(ports.folder, file) || file];
  // pip would read the original itself: our copy can only stand on the command line.
  if (from !== 'argument') return addUnvetted({ what: 'lock-file', where: from, value: shown }, gathering);
  const text = await readText(file, gathering);
  if (text === undefined) return addProblem(from, `the lock file ${shown} can't be read`, gathering);
  const lock = (await lockFile()).readLockFile(text, folder, named);
  if (lock === undefined) throw noLock(shown);
  const where = lineFinder(text, shown);
  const kept = new Set<string>();
  for (const { name, path: local, sha256 } of lock.irregular) {
    const open =
      local !== undefined &&
      isOpenPath(await ports.files.realPath(path.resolve(folder, local)), ports.open ?? nothingOpen);
    if (open) kept.add(local);
    else if (sha256 === undefined)
      addUnvetted({ what: 'undigested', where: where(`"${name}"`), value: name }, gathering);
  }
  for (const root of lock.roots) addRoot(root, shown, gathering);
  for (const { name, text: target, editable } of lock.elsewhere) {
    await (editable ? takeEditable : takeWord)(target, where(`"${name}"`), gathering);
  }
  gathering.locks.push({ file, text, kept });
}

async function takeWord(text: string, where: string, gathering: Gathering): Promise<void> {
  if (text.trim() === '') return;
  await take(await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

async function takeEditable(text: string, where: string, gathering: Gathering): Promise<void> {
  await take(await readEditable(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

/** A constraint with an address, or a folder, would bring another file under a plain name. */
async function takeConstraint(text: string, where: string, kind: FileKind, gathering: Gathering): Promise<void> {
  const target = await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf);
  if (target.kind === 'project') addUnvetted(await unvettedTarget(target, where, gathering.ports), gathering);
  else if (target.kind !== 'requirement') await take(target, where, gathering);
  else if (kind !== 'build') gathering.constraints.add(target.text);
}

async function take(target: Target, where: string, gathering: Gathering): Promise<void> {
  switch (target.kind) {
    case 'requirement':
      return addRoot(target.text, where, gathering);
    case 'project':
      return takeProject(target, where, gathering);
    case 'unvetted':
      return addUnvetted(await unvettedTarget(target, where, gathering.ports), gathering);
    case 'invalid':
      return addProblem(where, `${target.text} is no requirement`, gathering);
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

/** The readers of TOML are loaded only for a command that names a project, a group or a script. */
const projectFile = () => import('./project-file.ts');

async function takeProject(project: Project, from: string, gathering: Gathering): Promise<void> {
  const { folder, extras, editable = false } = project;
  const key = [folder, `${editable}`, ...extras].join('\n');
  if (gathering.projects.has(key)) return;
  gathering.projects.add(key);
  if (gathering.projects.size > maxProjects) throw tooMany(`${maxProjects} projects on this machine`);
  const unvetted = await unvettedTarget(project, from, gathering.ports);
  if (unvetted !== undefined) return addUnvetted(unvetted, gathering);
  const { projectNeeds } = await projectFile();
  const file = path.join(folder, 'pyproject.toml');
  const content = await readText(file, gathering);
  const needs = projectNeeds(content, extras, editable);
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
  if (lines === undefined) return addProblem(from, `there is no dependency group ${value}`, gathering);
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
  const message = `${typed} can be read only once`;
  return new TextDecoder().decode(await readAgain(file, files, { message, hint: 'copy it to a file and name that' }));
}
