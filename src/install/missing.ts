import { candidates } from '../index/candidates.ts';
import { parseFilename, projectOfFilename } from '../index/filename.ts';
import { parseRequirement, showRequirement } from '../index/requirement.ts';
import type { ProjectName, ProjectPage, Requirement, TargetEnvironment } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';
import { readFailure } from '../pip/failure.ts';

/** What a failed run left behind: pip's words, and what the relay saw. Neither alone is proof. */
export type MissingInput = {
  readonly run: { readonly exitCode: number; readonly interrupted: boolean; readonly stderr: string };
  readonly observed: {
    readonly pages: ReadonlyMap<ProjectName, { readonly status: number; readonly page?: ProjectPage | undefined }>;
    /** Names of files that were asked for and no page lists. */
    readonly absentFiles?: readonly string[];
  };
  readonly verb?: string | undefined;
  /** The interpreter that asked. Without it, a release that is there but fits nothing counts as there. */
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
  /** What secure-pypi lacks, as PEP 508 requirements: without specifier where only a 404 tells. */
  | { readonly kind: 'missing'; readonly requirements: readonly string[] }
  /**
   * Something else may be missing, which only looking at all roots can tell. `conflict`: pip names no culprit on
   * stderr. `no-fitting-file`: releases are there, none that this interpreter, these constraints and options may take.
   */
  | { readonly kind: 'ask-roots'; readonly because: 'conflict' | 'no-fitting-file' };

const none: Missing = { kind: 'none' };
/** Verbs whose failure can be a missing release. */
const verbs = new Set(['install', 'download', 'wheel', 'lock', 'index']);
/** Above, a shell says that a signal ended the program. */
const signalled = 128;
/** pip looks for a newer pip after any command, failed ones too: its 404 counts only if pip says that it needed it. */
const selfCheck = 'pip';

/**
 * What a failed pip run lacked: the projects whose page was 404, and the requirements that pip names on stderr and for
 * which the page that was served lists no release. A name on stderr whose page the relay did not serve counts for
 * nothing: expired tokens, dead networks and lying build scripts print the very same lines.
 */
export function decideMissing({ run, observed, verb, environment, options = {} }: MissingInput): Missing {
  if (run.interrupted || run.exitCode === 0 || run.exitCode > signalled) return none;
  if (verb !== undefined && !verbs.has(verb)) return none;
  const failure = readFailure(run.stderr);
  if (failure.cancelled) return none;
  const named = namedRequirements(failure.requirements.map(({ text }) => text));
  const requirements = [
    ...absentProjects(observed.pages, named),
    ...absentReleases(observed.pages, named),
    ...absentFiles(observed),
  ];
  if (requirements.length > 0) return { kind: 'missing', requirements: [...new Set(requirements)] };
  if (failure.resolutionImpossible) return { kind: 'ask-roots', because: 'conflict' };
  const unfit = named.some((requirement) => {
    const page = observed.pages.get(requirement.name)?.page;
    return page !== undefined && !somethingFits(page, requirement, environment, options);
  });
  return unfit ? { kind: 'ask-roots', because: 'no-fitting-file' } : none;
}

/** Returns the requirements that no page of the repository satisfies. Direct references are not looked for. */
export function lacking(requirements: readonly string[], pages: MissingInput['observed']['pages']): readonly string[] {
  const named = namedRequirements(requirements);
  const absent = named.filter(({ name }) => pages.get(name)?.status === 404).map(showRequirement);
  return [...new Set([...absent, ...absentReleases(pages, named)])];
}

/** Direct references are no matter of an index. */
function namedRequirements(texts: readonly string[]): Requirement[] {
  return texts.flatMap((text) => {
    const requirement = parseRequirement(text);
    return requirement === undefined || requirement.url !== undefined ? [] : [requirement];
  });
}

function absentProjects(pages: MissingInput['observed']['pages'], named: readonly Requirement[]): string[] {
  const absent = [...pages].filter(([, { status }]) => status === 404).map(([name]) => name);
  return absent.flatMap((name) => {
    const known = named.filter((requirement) => requirement.name === name).map(showRequirement);
    return known.length > 0 || name === selfCheck ? known : [name];
  });
}

function absentReleases(pages: MissingInput['observed']['pages'], named: readonly Requirement[]): string[] {
  return named
    .filter(({ name, specifier }) => {
      const page = pages.get(name)?.page;
      return page !== undefined && !listedVersions(page).some((version) => allows(specifier, version));
    })
    .map(showRequirement);
}

/** A lock file pins a file: what is missing is its release. */
function absentFiles({ pages, absentFiles = [] }: MissingInput['observed']): string[] {
  return absentFiles.flatMap((filename) => {
    const name = projectOfFilename(filename);
    const version = name && pages.get(name)?.page && parseFilename(filename, name)?.version;
    return version === undefined ? [] : [`${name}==${version}`];
  });
}

function listedVersions(page: ProjectPage): string[] {
  return page.files.flatMap(({ filename }) => parseFilename(filename, page.name)?.version ?? []);
}

/** Pre-releases count as there: that pip passed one over is not for want of it. */
function allows(specifier: string, version: string): boolean {
  return satisfies(version, specifier, { prereleases: true });
}

/** Whether the page lists a release within requirement and constraints of which pip could take a file here. */
function somethingFits(
  page: ProjectPage,
  { name, specifier }: Requirement,
  environment: TargetEnvironment | undefined,
  { constraints = [], formatControl = { onlyBinary: [], noBinary: [] }, pre = false }: Partial<MissingOptions>,
): boolean {
  const bounds = namedRequirements(constraints).filter((constraint) => constraint.name === name);
  const specifiers = [specifier, ...bounds.map((bound) => bound.specifier)].filter((text) => text !== '').join(',');
  if (environment === undefined) return listedVersions(page).some((version) => allows(specifiers, version));
  const pinned = specifier.includes('==');
  return candidates(page, environment, formatControl).some(
    ({ version, yanked, best }) =>
      best !== undefined && (pinned || !yanked) && satisfies(version, specifiers, { prereleases: pre }),
  );
}
