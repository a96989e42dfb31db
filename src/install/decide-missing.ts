import { candidates } from '../index/candidates.ts';
import { parseFilename, projectOfFilename } from '../index/filename.ts';
import { parseRequirement, showRequirement } from '../index/requirement.ts';
import type { ProjectName, ProjectPage, Requirement, TargetEnvironment } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';
import { readFailure } from '../pip/failure.ts';

/** The result of a failed run: pip's messages and the relay's record. Neither alone is proof. */
export type MissingInput = {
  readonly run: { readonly exitCode: number; readonly interrupted: boolean; readonly stderr: string };
  readonly observed: {
    readonly pages: ReadonlyMap<ProjectName, { readonly status: number; readonly page?: ProjectPage | undefined }>;
    /** Names of requested files that no page lists. */
    readonly unlistedFiles?: readonly string[];
  };
  readonly verb?: string | undefined;
  /** The interpreter of pip. Without it, a listed release that fits no interpreter counts as present. */
  readonly environment?: TargetEnvironment | undefined;
  readonly options?: Partial<MissingOptions> | undefined;
};

type MissingOptions = {
  readonly formatControl: { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };
  readonly constraints: readonly string[];
  /** `--pre`. */
  readonly pre: boolean;
};

export type Missing =
  | { readonly kind: 'none' }
  /** The requirements that secure-pypi lacks (PEP 508), without specifier if only a 404 names the project. */
  | { readonly kind: 'missing'; readonly requirements: readonly string[] }
  /**
   * Something may be missing that only vetting all roots can find. `conflict`: pip names no cause on stderr.
   * `no-fitting-file`: releases exist, but none suits the interpreter, constraints and options.
   */
  | { readonly kind: 'vet-roots'; readonly reason: 'conflict' | 'no-fitting-file' };

const nothingMissing: Missing = { kind: 'none' };
/** Verbs whose failure can be a missing release. */
const vettableVerbs = new Set(['install', 'download', 'wheel', 'lock', 'index']);
/** Shells report a program ended by a signal with a code above this (128 + the signal's number). */
const minSignalExit = 128;
/** pip looks for a newer pip after every command. A 404 for it counts only if pip names it as a requirement. */
const selfCheckProject = 'pip';

/**
 * Decides which requirements a failed pip run lacks: projects whose page was 404, and requirements on stderr that the
 * served page does not list. A name on stderr without a served page is ignored, because expired tokens, network
 * failures and build scripts can print the same lines.
 */
export function decideMissing({ run, observed, verb, environment, options = {} }: MissingInput): Missing {
  if (run.interrupted || run.exitCode === 0 || run.exitCode > minSignalExit) return nothingMissing;
  if (verb !== undefined && !vettableVerbs.has(verb)) return nothingMissing;
  const failure = readFailure(run.stderr);
  if (failure.cancelled) return nothingMissing;
  const namedByPip = namedRequirements(failure.requirements.map(({ text }) => text));
  const requirements = [
    ...missingProjects(observed.pages, namedByPip),
    ...missingReleases(observed.pages, namedByPip),
    ...unlistedReleases(observed),
  ];
  if (requirements.length > 0) return { kind: 'missing', requirements: [...new Set(requirements)] };
  if (failure.resolutionImpossible) return { kind: 'vet-roots', reason: 'conflict' };
  const hasUnfitRequirement = namedByPip.some((requirement) => {
    const page = observed.pages.get(requirement.name)?.page;
    return page !== undefined && !hasFittingFile(page, requirement, environment, options);
  });
  return hasUnfitRequirement ? { kind: 'vet-roots', reason: 'no-fitting-file' } : nothingMissing;
}

/** Returns the requirements that no page of the repository satisfies. Direct references are ignored. */
export function missingFromPages(
  requirements: readonly string[],
  pages: MissingInput['observed']['pages'],
): readonly string[] {
  const named = namedRequirements(requirements);
  const missing = named.filter(({ name }) => pages.get(name)?.status === 404).map(showRequirement);
  return [...new Set([...missing, ...missingReleases(pages, named)])];
}

/** Parses the requirements, without direct references, which no index can provide. */
function namedRequirements(texts: readonly string[]): Requirement[] {
  return texts.flatMap((text) => {
    const requirement = parseRequirement(text);
    return requirement === undefined || requirement.url !== undefined ? [] : [requirement];
  });
}

function missingProjects(pages: MissingInput['observed']['pages'], namedByPip: readonly Requirement[]): string[] {
  const missingNames = [...pages].filter(([, { status }]) => status === 404).map(([name]) => name);
  return missingNames.flatMap((name) => {
    const nameMatches = namedByPip.filter((requirement) => requirement.name === name).map(showRequirement);
    return nameMatches.length > 0 || name === selfCheckProject ? nameMatches : [name];
  });
}

function missingReleases(pages: MissingInput['observed']['pages'], namedByPip: readonly Requirement[]): string[] {
  return namedByPip
    .filter(({ name, specifier }) => {
      const page = pages.get(name)?.page;
      return page !== undefined && !listedVersions(page).some((version) => allows(specifier, version));
    })
    .map(showRequirement);
}

/** Returns the releases of the files that a lock file pins and no page lists. */
function unlistedReleases({ pages, unlistedFiles = [] }: MissingInput['observed']): string[] {
  return unlistedFiles.flatMap((filename) => {
    const name = projectOfFilename(filename);
    const version = name && pages.get(name)?.page && parseFilename(filename, name)?.version;
    return version === undefined ? [] : [`${name}==${version}`];
  });
}

function listedVersions(page: ProjectPage): string[] {
  return page.files.flatMap(({ filename }) => parseFilename(filename, page.name)?.version ?? []);
}

/** Checks a version against a specifier. Pre-releases count as present, even if pip passed over them. */
function allows(specifier: string, version: string): boolean {
  return satisfies(version, specifier, { prereleases: true });
}

/**
 * Checks whether the page lists a release that satisfies requirement and constraints and has a file for the
 * interpreter.
 */
function hasFittingFile(
  page: ProjectPage,
  { name, specifier }: Requirement,
  environment: TargetEnvironment | undefined,
  { constraints = [], formatControl = { onlyBinary: [], noBinary: [] }, pre = false }: Partial<MissingOptions>,
): boolean {
  const projectConstraints = namedRequirements(constraints).filter((constraint) => constraint.name === name);
  const specifiers = [specifier, ...projectConstraints.map((bound) => bound.specifier)]
    .filter((text) => text !== '')
    .join(',');
  if (environment === undefined) return listedVersions(page).some((version) => allows(specifiers, version));
  const pinned = specifier.includes('==');
  return candidates(page, environment, formatControl).some(
    ({ version, yanked, best }) =>
      best !== undefined && (pinned || !yanked) && satisfies(version, specifiers, { prereleases: pre }),
  );
}
