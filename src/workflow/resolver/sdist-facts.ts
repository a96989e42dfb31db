import { type CoreMetadata, isReliable, parseCoreMetadata, parseRequirements } from '../../index/core-metadata.ts';
import type { Entries } from './archive.ts';
import { defaultBuildRequires, type Pyproject, parsePyproject } from './pyproject.ts';
import { parseRequiresTxt } from './requires-txt.ts';
import type { FileFacts } from './types.ts';

/** Checks whether an entry of an sdist can contain its requirements. */
export function isMetadataFile(path: string): boolean {
  const parts = path.replace(/^\.\//, '').split('/');
  const last = parts.at(-1);
  if (parts.length === 2) return last === 'PKG-INFO' || last === 'pyproject.toml';
  const inEggInfo = parts.length <= 5 && (parts.at(-2) ?? '').endsWith('.egg-info');
  return inEggInfo && (last === 'requires.txt' || last === 'PKG-INFO');
}

/** Checks whether no later entry of the archive can change the facts. */
export function isComplete(entries: Entries): boolean {
  const { information, pyproject } = readMetadata(entries);
  return pyproject !== undefined && information !== undefined && isReliable(information);
}

/**
 * Returns the facts of an sdist without a build: from a reliable PKG-INFO, else egg-info, else static pyproject.toml.
 * If none of them lists dependencies, there are none, with a note.
 */
export function sdistFacts(entries: Entries): FileFacts {
  const { information, requires, pyproject, badPyproject } = readMetadata(entries);
  const dependencies = dependencyLines(information, requires, pyproject);
  const runtime = parseRequirements(dependencies ?? []);
  const build = parseRequirements(pyproject?.buildRequires ?? defaultBuildRequires);
  return {
    name: information?.name,
    requiresPython: information?.requiresPython ?? pyproject?.requiresPython,
    requirements: runtime.requirements,
    buildRequirements: build.requirements,
    notes: [
      ...(dependencies === undefined ? ['only a build determines its dependencies'] : []),
      ...(badPyproject ? ['its pyproject.toml is not valid TOML'] : []),
      ...runtime.notes,
      ...build.notes,
    ],
  };
}

function dependencyLines(
  information: CoreMetadata | undefined,
  requires: string | undefined,
  pyproject: Pyproject | undefined,
): readonly string[] | undefined {
  if (information !== undefined && isReliable(information)) return information.requiresDist;
  // The author's own setuptools wrote egg-info.
  if (requires !== undefined) return parseRequiresTxt(requires);
  if (pyproject?.dependencies !== undefined) return pyproject.dependencies;
  return information !== undefined && information.requiresDist.length > 0 ? information.requiresDist : undefined;
}

function isInEggInfo(path: string): boolean {
  return path.includes('.egg-info/');
}

type SdistMetadata = {
  readonly information?: CoreMetadata | undefined;
  readonly requires?: string | undefined;
  readonly pyproject?: Pyproject | undefined;
  readonly badPyproject: boolean;
};

function readMetadata(entries: Entries): SdistMetadata {
  const find = (last: string): string | undefined =>
    [...entries]
      .filter(([path]) => path.endsWith(`/${last}`))
      .sort(([a], [b]) => a.split('/').length - b.split('/').length)[0]?.[1];
  const [information, toml] = [find('PKG-INFO'), find('pyproject.toml')];
  const pyproject = toml === undefined ? undefined : parsePyproject(toml);
  return {
    information: information === undefined ? undefined : parseCoreMetadata(information),
    // Without dependencies setuptools writes no requires.txt.
    requires: find('requires.txt') ?? ([...entries.keys()].some(isInEggInfo) ? '' : undefined),
    pyproject,
    badPyproject: toml !== undefined && pyproject === undefined,
  };
}
