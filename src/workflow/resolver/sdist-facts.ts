import type { Entries } from './archive.ts';
import { type CoreMetadata, isReliable, parseCoreMetadata, parseRequirements } from './core-metadata.ts';
import { defaultBuildRequires, type Pyproject, parsePyproject } from './pyproject.ts';
import { parseRequiresTxt } from './requires-txt.ts';
import type { FileFacts } from './types.ts';

/** Whether an entry of an sdist says anything of its requirements. */
export function isMetadataFile(path: string): boolean {
  const parts = path.replace(/^\.\//, '').split('/');
  const last = parts.at(-1);
  if (parts.length === 2) return last === 'PKG-INFO' || last === 'pyproject.toml';
  const inEggInfo = parts.length <= 5 && (parts.at(-2) ?? '').endsWith('.egg-info');
  return inEggInfo && (last === 'requires.txt' || last === 'PKG-INFO');
}

/** True once nothing later in the archive can change the answer. */
export function isComplete(entries: Entries): boolean {
  const { information, pyproject } = sort(entries);
  return pyproject !== undefined && information !== undefined && isReliable(information);
}

/**
 * What an sdist says without being built: PKG-INFO where it is reliable, else egg-info, else static pyproject.toml;
 * and its build requirements. What none of them says is taken for "nothing", with a note.
 */
export function sdistFacts(entries: Entries): FileFacts {
  const { information, requires, pyproject, badPyproject } = sort(entries);
  const stated = statedLines(information, requires, pyproject);
  const runtime = parseRequirements(stated ?? []);
  const build = parseRequirements(pyproject?.buildRequires ?? defaultBuildRequires);
  return {
    name: information?.name,
    requiresPython: information?.requiresPython ?? pyproject?.requiresPython,
    requirements: runtime.requirements,
    buildRequirements: build.requirements,
    notes: [
      ...(stated === undefined ? ['only building it would tell its dependencies'] : []),
      ...(badPyproject ? ['its pyproject.toml is unreadable'] : []),
      ...runtime.notes,
      ...build.notes,
    ],
  };
}

function statedLines(
  information: CoreMetadata | undefined,
  requires: string | undefined,
  pyproject: Pyproject | undefined,
): readonly string[] | undefined {
  if (information !== undefined && isReliable(information)) return information.requiresDist;
  // egg-info is what the author's own setuptools made of it.
  if (requires !== undefined) return parseRequiresTxt(requires);
  if (pyproject?.dependencies !== undefined) return pyproject.dependencies;
  return information !== undefined && information.requiresDist.length > 0 ? information.requiresDist : undefined;
}

function isInEggInfo(path: string): boolean {
  return path.includes('.egg-info/');
}

type Sorted = {
  readonly information?: CoreMetadata | undefined;
  readonly requires?: string | undefined;
  readonly pyproject?: Pyproject | undefined;
  readonly badPyproject: boolean;
};

function sort(entries: Entries): Sorted {
  const find = (last: string): string | undefined =>
    [...entries]
      .filter(([path]) => path.endsWith(`/${last}`))
      .sort(([a], [b]) => a.split('/').length - b.split('/').length)[0]?.[1];
  const [information, toml] = [find('PKG-INFO'), find('pyproject.toml')];
  const pyproject = toml === undefined ? undefined : parsePyproject(toml);
  return {
    information: information === undefined ? undefined : parseCoreMetadata(information),
    // setuptools writes no file where it found no dependencies.
    requires: find('requires.txt') ?? ([...entries.keys()].some(isInEggInfo) ? '' : undefined),
    pyproject,
    badPyproject: toml !== undefined && pyproject === undefined,
  };
}
