import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { FilePort } from './files.ts';
import { type Foreign, foreignOption, withoutCredentials } from './foreign.ts';
import { optionValues, type PipCommand } from './grammar.ts';
import type { Repeatable } from './once-only-inputs.ts';
import { type RequirementLine, type RequirementsFile, readRequirementsFile } from './requirements-file.ts';
import { rootOptions, variableInputs } from './root-options.ts';
import { readEditable, readTarget, type Target } from './targets.ts';

/** The outside world of a command line's files. */
export type RootsPorts = {
  /** The working folder, absolute. */
  readonly folder: string;
  /** The environment's variables: `PIP_*`, and what `${NAME}` in files stands for. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly files: FilePort;
};

/** What was found so far. */
export type Gathering = {
  readonly roots: Set<string>;
  readonly constraints: Set<string>;
  readonly foreign: Foreign[];
  readonly problems: string[];
  /** Options that files set. */
  readonly options: RequirementsFile['options'][number][];
  readonly command: PipCommand;
  readonly ports: RootsPorts;
  readonly repeatable: Repeatable;
  /** Local projects read, with their extras. */
  readonly projects: Set<string>;
};

const mostRoots = 100_000;
const mostProjects = 100;

/** Reads arguments, files, groups and scripts in pip's order. */
export async function gather(command: PipCommand, ports: RootsPorts, repeatable: Repeatable): Promise<Gathering> {
  const gathering: Gathering = {
    ...{ roots: new Set(), constraints: new Set(), foreign: [], problems: [], options: [], projects: new Set() },
    ...{ command, ports, repeatable },
  };
  const inputs = variableInputs(command, ports.variables);
  for (const option of command.options) addForeign(foreignOption(option, 'argument'), gathering);
  for (const file of inputs.constraint) await takeFile(file, 'PIP_CONSTRAINT', true, gathering);
  for (const file of command.constraintFiles) await takeFile(file, 'argument', true, gathering);
  const typed = command.verb === 'index' ? command.arguments.slice(1) : command.arguments;
  for (const text of typed) await takeWord(text, 'argument', gathering);
  for (const group of optionValues(command, '--group')) await takeGroup(group, gathering);
  for (const text of inputs.editable) await takeEditable(text, 'PIP_EDITABLE', gathering);
  for (const text of command.editables) await takeEditable(text, 'argument', gathering);
  for (const file of inputs.requirement) await takeFile(file, 'PIP_REQUIREMENT', false, gathering);
  for (const file of command.requirementFiles) await takeFile(file, 'argument', false, gathering);
  for (const script of optionValues(command, '--requirements-from-script')) await takeScript(script, gathering);
  return gathering;
}

async function takeFile(typed: string, from: string, constraint: boolean, gathering: Gathering): Promise<void> {
  const { ports, repeatable } = gathering;
  if (!constraint && /^pylock(?:\.[^.]+)?\.toml$/.test(path.basename(typed))) {
    return addForeign({ what: 'lock-file', where: from, value: withoutCredentials(typed) }, gathering);
  }
  const file = repeatable.copies.get(typed) ?? typed;
  const read = await readRequirementsFile(file, { ...ports, read: readAgain(ports.files) }, { constraint });
  const where = ({ file: name, line }: Pick<RequirementLine, 'file' | 'line'>) =>
    line === 0 ? from : `${repeatable.originals.get(name) ?? name}:${line}`;
  for (const option of read.options) {
    gathering.options.push(option);
    addForeign(foreignOption(option, where(option)), gathering);
  }
  for (const line of read.constraints) await takeConstraint(line.text, where(line), gathering);
  for (const line of read.requirements) await takeWord(line.text, where(line), gathering);
  for (const line of read.editables) await takeEditable(line.text, where(line), gathering);
  for (const line of read.remote) {
    addForeign({ what: 'remote-file', where: where(line), value: withoutCredentials(line.text) }, gathering);
  }
  for (const line of read.problems) addProblem(where(line), line.text, gathering);
}

/** Reads regular files only: what an included pipe gives now, pip would lack. */
function readAgain(files: FilePort): (file: string) => Promise<Uint8Array> {
  return async (file) => {
    if ((await files.kindOf(file)) === 'other') {
      throw new AwspipError('once-only-include', `a requirements file includes ${file}, which can be read only once`, {
        exit: 'usage',
        hint: `name it on the command line: awspip install -r ${file}`,
      });
    }
    return files.read(file);
  };
}

async function takeWord(text: string, where: string, gathering: Gathering): Promise<void> {
  if (text.trim() === '') return;
  await take(await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

async function takeEditable(text: string, where: string, gathering: Gathering): Promise<void> {
  await take(await readEditable(text, gathering.ports.folder, gathering.ports.files.kindOf), where, gathering);
}

/** A constraint without a name constrains nothing that an index holds. */
async function takeConstraint(text: string, where: string, gathering: Gathering): Promise<void> {
  const target = await readTarget(text, gathering.ports.folder, gathering.ports.files.kindOf);
  if (target.kind === 'requirement') gathering.constraints.add(target.text);
  else if (target.kind !== 'project') await take(target, where, gathering);
}

async function take(target: Target, where: string, gathering: Gathering): Promise<void> {
  switch (target.kind) {
    case 'requirement':
      return addRoot(target.text, gathering);
    case 'project':
      return takeProject(target.folder, target.extras, gathering);
    case 'foreign':
      return addForeign({ what: target.what, where, value: withoutCredentials(target.value) }, gathering);
    case 'invalid':
      return addProblem(where, `${target.text} is no requirement`, gathering);
  }
}

function addRoot(text: string, { roots }: Gathering): void {
  roots.add(text);
  if (roots.size <= mostRoots) return;
  throw new AwspipError('requirements-too-large', `more than ${mostRoots} requirements`, {
    exit: 'usage',
    hint: 'split the requirements over several runs of awspip install',
  });
}

function addForeign(foreign: Foreign | undefined, gathering: Gathering): void {
  if (foreign !== undefined) gathering.foreign.push(foreign);
}

function addProblem(where: string, text: string, gathering: Gathering): void {
  gathering.problems.push(`${where}: ${withoutCredentials(text)}`);
}

/** The readers of TOML are loaded only for a command that names a project, a group or a script. */
const projectFile = () => import('./project-file.ts');

async function takeProject(folder: string, extras: readonly string[], gathering: Gathering): Promise<void> {
  const key = [folder, ...extras].join('\n');
  if (gathering.projects.has(key) || gathering.projects.size >= mostProjects) return;
  gathering.projects.add(key);
  const { projectNeeds } = await projectFile();
  const file = path.join(folder, 'pyproject.toml');
  const needs = projectNeeds(await readText(file, gathering), extras);
  const isolated = !gathering.command.options.some(({ name }) => name === '--no-build-isolation');
  const { noDeps } = rootOptions(gathering.command, gathering.ports.variables, []);
  const where = path.relative(gathering.ports.folder, file) || file;
  for (const text of noDeps ? [] : needs.dependencies) await takeWord(text, where, gathering);
  for (const text of isolated ? needs.buildRequires : []) await takeWord(text, where, gathering);
}

async function takeGroup(value: string, gathering: Gathering): Promise<void> {
  const colon = value.lastIndexOf(':');
  const file = colon < 0 ? 'pyproject.toml' : value.slice(0, colon);
  const text = await readText(path.resolve(gathering.ports.folder, file), gathering);
  const lines = text === undefined ? undefined : (await projectFile()).groupRequirements(text, value.slice(colon + 1));
  if (lines === undefined) return addProblem('argument', `there is no dependency group ${value}`, gathering);
  for (const line of lines) await takeWord(line, file, gathering);
}

async function takeScript(file: string, gathering: Gathering): Promise<void> {
  const text = await readText(path.resolve(gathering.ports.folder, file), gathering);
  const lines = text === undefined ? undefined : (await projectFile()).scriptRequirements(text);
  for (const line of lines ?? []) await takeWord(line, file, gathering);
}

async function readText(file: string, { ports }: Gathering): Promise<string | undefined> {
  if ((await ports.files.kindOf(file)) !== 'file') return undefined;
  return new TextDecoder().decode(await ports.files.read(file));
}
