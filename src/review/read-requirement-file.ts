import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { InstallRequest } from '../install/types.ts';
import { hatchEnvironmentNames, parseHatchEnvironments } from '../installers/parse-hatch.ts';
import { lockedPins, parseProject } from '../installers/parse-project.ts';
import { parsePipArguments } from '../pip/grammar.ts';
import { lineFinder } from '../pip/line-finder.ts';
import { gatherRoots, type RootsPorts, type UnvettedSource } from '../pip/roots.ts';
import { parseToml } from '../toml.ts';
import type { RequirementFile } from './find-requirement-files.ts';
import type { RequirementLocation, VetCallbacks } from './types.ts';

/** What a file asks for. */
export type FileRequest = Pick<InstallRequest, 'roots' | 'buildRoots' | 'constraints' | 'options' | 'target'> & {
  readonly requirements: readonly RequirementLocation[];
  /** Whether some roots may be for other platforms only, as in a lock file. */
  readonly coversAllPlatforms: boolean;
};

type Ports = {
  /** Returns the ports for reading files of pip, relative to a folder. */
  readonly rootsPorts: (folder: string) => RootsPorts;
  readonly accept: VetCallbacks['accept'];
  /** The folder to which the files of locations are relative. */
  readonly cwd: string;
};

/**
 * Reads the requirements of one file, without running code. A file without any has no roots.
 *
 * @throws {AwspipError} `requirement-unreadable` or `source-not-vetted` (64), and the errors of reading requirements.
 */
export async function readRequirementFile(found: RequirementFile, ports: Ports): Promise<FileRequest> {
  switch (found.kind) {
    case 'requirements':
    case 'pylock':
      return readForPip(found, ports);
    case 'pyproject':
      return readPyproject(found, ports);
    case 'pipenv':
      return readLock(found, ports, (text) => requireParsable(text, found, JSON.parse) && { pipfileLock: text });
    default:
      return readLock(
        found,
        ports,
        (text) => requireParsable(text, found, parseToml) && { [`${found.kind}Lock`]: text },
      );
  }
}

async function readForPip(
  { absolute, file, kind }: RequirementFile,
  { rootsPorts, accept, cwd }: Ports,
): Promise<FileRequest> {
  const folder = workingFolderOf(absolute);
  const command = parsePipArguments(['install', '-r', path.relative(folder, absolute)]);
  const gathered = await gatherRoots(command, rootsPorts(folder));
  try {
    const here = ({ where, ...source }: UnvettedSource): UnvettedSource =>
      where === 'argument'
        ? { ...source, where }
        : { ...source, where: path.relative(cwd, path.resolve(folder, where)) };
    await accept(gathered.unvettedSources.map(here));
    const [problem] = gathered.problems;
    if (problem !== undefined) throw unreadable(file, problem);
    const { roots, buildRoots, constraints, options, target, locations } = gathered;
    const place = (text: string): RequirementLocation => {
      const [, name = '', line] = /^(.*?)(?::(\d+))?$/s.exec(locations.get(text) ?? '') ?? [];
      const at = name === '' ? absolute : path.resolve(folder, name);
      return { text, file: path.relative(cwd, at), line: line === undefined ? undefined : Number(line) };
    };
    const isLock = kind === 'pylock';
    return {
      ...{ roots, buildRoots, constraints, target, requirements: roots.map(place), coversAllPlatforms: isLock },
      options: isLock ? { ...options, noDeps: true, separate: true } : options,
    };
  } finally {
    await gathered.cleanup();
  }
}

/**
 * Returns the folder in which people run pip for a file, to which local paths in it are relative: its own, or for
 * `requirements/dev.txt` the one above.
 */
function workingFolderOf(absolute: string): string {
  const folder = path.dirname(absolute);
  return /^requirements$/i.test(path.basename(folder)) ? path.dirname(folder) : folder;
}

/** Groups and extras may contradict each other, so they are `separate`: each is an environment of its own. */
const separateOptions = {
  ...{ pre: false, formatControl: { onlyBinary: [], noBinary: [] }, noDeps: false, upgrade: false },
  separate: true,
} as const;

async function readPyproject(found: RequirementFile, { cwd }: Ports): Promise<FileRequest> {
  const text = await readFile(found.absolute, 'utf8');
  requireParsable(text, found, parseToml);
  const hatchText = await readFile(path.join(path.dirname(found.absolute), 'hatch.toml'), 'utf8').catch(
    () => undefined,
  );
  const files = { pyproject: text, hatch: hatchText };
  const { roots, buildRoots } = parseProject({ pyproject: text });
  const hatch = parseHatchEnvironments(files, hatchEnvironmentNames(files));
  const all = [...new Set([...roots, ...hatch.requirements])];
  return {
    ...{ roots: all, buildRoots, constraints: [], options: separateOptions, target: undefined },
    ...{ requirements: locate(all, text, found, cwd), coversAllPlatforms: true },
  };
}

/** A lock file names everything, so each of its pins is vetted alone. Two platforms may have different pins. */
async function readLock(
  found: RequirementFile,
  { cwd }: Ports,
  filesOf: (text: string) => Parameters<typeof lockedPins>[0],
): Promise<FileRequest> {
  const text = await readFile(found.absolute, 'utf8');
  const roots = lockedPins(filesOf(text));
  return {
    ...{ roots, buildRoots: [], constraints: [], options: { ...separateOptions, noDeps: true }, target: undefined },
    ...{ requirements: locate(roots, text, found, cwd), coversAllPlatforms: true },
  };
}

/** Characters to search for all requirements of a project file together. */
const maxSearched = 500_000_000;

/** Returns where requirements stand in a project file or a lock file. */
function locate(
  roots: readonly string[],
  text: string,
  { absolute, kind }: RequirementFile,
  cwd: string,
): RequirementLocation[] {
  const file = path.relative(cwd, absolute);
  // Without lines for files whose search would take seconds.
  const find = roots.length * text.length > maxSearched ? () => '' : lineFinder(text, '');
  const locked = kind === 'pyproject' ? new Map<string, number>() : lockedLines(text);
  return roots.map((root) => {
    const name = /^[\w.-]+/.exec(root)?.[0] ?? root;
    const at = kind === 'pyproject' ? find(root) || find(name) || undefined : undefined;
    return { text: root, file, line: at === undefined ? (locked.get(root) ?? locked.get(name)) : Number(at.slice(1)) };
  });
}

/** Returns the line of each `[[package]]` by its pin, and of each entry of a Pipfile.lock by its name. */
function lockedLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let name = '';
  for (const [at, line] of text.split('\n').entries()) {
    const [, key, value] = /^(name|version) = "([^"]{1,300})"/.exec(line) ?? [];
    if (key === 'name') name = value ?? '';
    else if (key === 'version') lines.set(`${name}==${value}`, at);
    const entry = /^ {8}"([^"]{1,300})": \{/.exec(line)?.[1];
    if (entry !== undefined) lines.set(entry, at + 1);
  }
  return lines;
}

/** Checks whether a file can be parsed: a broken file must not count as one without requirements. */
function requireParsable(text: string, { file }: RequirementFile, parse: (text: string) => unknown): true {
  try {
    parse(text);
    return true;
  } catch (error) {
    throw unreadable(file, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

function unreadable(file: string, problem: string): AwspipError {
  return new AwspipError('requirement-unreadable', `cannot read every requirement of \`${file}\`: ${problem}`, {
    exit: 'usage',
  });
}
