import { AwspipError } from '../../errors.ts';
import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import { oncePer } from '../../once.ts';
import { openSlices } from '../../slices.ts';
import type { Refusal } from '../../vetting/types.ts';
import { createRefusal, openAdmissions } from './admission.ts';
import { openCatalogue, tooLarge } from './catalogue.ts';
import type { ChosenRelease, ChosenReleases, Context, EnvironmentInput, EnvironmentSolution } from './context.ts';
import { contradictoryRoots, describeContradiction, refusalsOf } from './explain.ts';
import { openPackageProvider } from './package-provider.ts';
import { openReadAhead } from './read-ahead.ts';
import { addChosen, neededBy } from './required-by.ts';
import { type ParsedRequest, parseRequest } from './roots.ts';
import { solve } from './solver.ts';
import { suggestInstead } from './suggest-instead.ts';
import { defaultLimits, type ResolvedRelease, type ResolverInput, type ResolverResult } from './types.ts';

/** The part of the time for the joint solution. The rest is for the separate solutions of the roots. */
const jointShare = 0.6;
const maxRefusalsPerProject = 5;
const maxNotes = 100;
/** Similar names are looked up for this many missing projects. Each look-up compares thousands of names. */
const maxNearest = 20;

/**
 * Resolves a request to one joint solution for its environment: the roots, their dependencies, and the build
 * requirements of chosen sdists. It reads static metadata only and runs no code.
 *
 * When a release is not allowed, the solver chooses another one. If refusals or the time limit prevent a joint solution,
 * each root is resolved separately, because pip may need less than all of them together. A root without any solution
 * makes the outcome `refused` or `not-found`, and so do roots that contradict each other.
 *
 * @throws {AwspipError} `index-unreachable` and other failures of the index (`unavailable`); `resolution-unfinished`;
 * `resolution-too-large`; `requirement-unreadable` (`usage`).
 */
export async function resolve(input: ResolverInput): Promise<ResolverResult> {
  const context = openContext(input);
  const startedAt = input.now();
  const milliseconds = context.bounds.seconds * 1000;
  try {
    const parsed = parseRequest(input.request);
    for (const note of parsed.notes) context.notes.add(note);
    const environment = environmentInput(input, parsed, parsed.roots);
    const share = parsed.roots.length > 1 ? jointShare : 1;
    const joint = await solveJointly(context, { ...environment, deadline: startedAt + milliseconds * share });
    if (joint.kind === 'solved') return solved(context, joint.releases);
    if (joint.contradicts && input.request.options.separate !== true) return contradiction(context, parsed, joint);
    const separate = await solveSeparately(context, { ...environment, deadline: startedAt + milliseconds });
    if (separate.fatal.size > 0) {
      const result = failed(context, separate.fatal);
      return { ...result, refusals: await suggestInstead(context, environment, result.refusals) };
    }
    context.notes.add(
      `no single set of releases satisfies all requirements (${joint.reason}); each root was resolved separately`,
    );
    return solved(context, separate.releases);
  } finally {
    context.catalogue.close();
  }
}

function openContext(input: ResolverInput): Context {
  const bounds = { ...defaultLimits, ...input.bounds };
  const catalogue = openCatalogue({ ...input, bounds });
  const [knownRefusals, notes] = [new Map<string, Refusal>(), new Set<string>()];
  const context: Context = {
    input: { ...input, nearest: input.nearest && atMost(maxNearest, input.nearest) },
    bounds,
    catalogue,
    knownRefusals,
    notes,
    behind: new Set(),
    prefetch: openReadAhead(catalogue, input.request, bounds.releases, input.prepare),
    secureVersions: oncePer(input.secureVersions),
    admit: openAdmissions({ input, catalogue, knownRefusals, notes }),
    solveEnvironment: (environment) => solveEnvironment(context, environment),
  };
  return context;
}

/** Returns a function that looks up only the first few names. */
function atMost(max: number, look: NonNullable<ResolverInput['nearest']>): NonNullable<ResolverInput['nearest']> {
  const known = new Map<ProjectName, readonly string[]>();
  return (name) => {
    if (!known.has(name)) known.set(name, known.size < max ? look(name) : []);
    return known.get(name) ?? [];
  };
}

function environmentInput(
  { request }: ResolverInput,
  { constraints }: ParsedRequest,
  roots: readonly Requirement[],
): Omit<EnvironmentInput, 'deadline'> {
  return { roots, constraints, noDeps: request.options.noDeps, building: [] };
}

async function solveEnvironment(context: Context, environment: EnvironmentInput): Promise<EnvironmentSolution> {
  const packageProvider = openPackageProvider(context, environment);
  const slices = openSlices();
  const solution = await solve(packageProvider.provider, async (steps) => {
    await slices.next();
    if (steps < context.bounds.steps && context.input.now() < environment.deadline) return;
    throw new AwspipError('resolution-unfinished', 'resolving the requirements took too long', {
      exit: 'unavailable',
      hint: 'narrow the version specifiers, or install fewer projects per command',
    });
  });
  if (solution.kind === 'unsolvable') return solution;
  const releases = packageProvider.releasesOf(solution.picks);
  if (releases.size > context.bounds.releases) throw tooLarge(context.bounds.releases);
  return { kind: 'solved', releases };
}

type JointSolution =
  | { readonly kind: 'solved'; readonly releases: ChosenReleases }
  | {
      readonly kind: 'unsolved';
      readonly reason: string;
      /** Whether the requirements alone rule out a solution: no refusal does, and no limit stopped the solver. */
      readonly contradicts: boolean;
      /** The projects of the contradictory roots. */
      readonly roots: readonly ProjectName[];
    };

async function solveJointly(context: Context, environment: EnvironmentInput): Promise<JointSolution> {
  try {
    const solution = await context.solveEnvironment(environment);
    if (solution.kind === 'solved') return solution;
    const { leaves } = solution;
    return {
      kind: 'unsolved',
      reason: describeContradiction(leaves),
      contradicts: refusalsOf(leaves).length === 0,
      roots: contradictoryRoots(leaves),
    };
  } catch (error) {
    if (error instanceof AwspipError && error.code === 'resolution-unfinished')
      return { kind: 'unsolved', reason: error.message, contradicts: false, roots: [] };
    throw error;
  }
}

/** Returns the result for roots that contradict each other. One refusal, of the first such root, names them all. */
function contradiction(
  context: Context,
  { roots }: ParsedRequest,
  joint: Extract<JointSolution, { kind: 'unsolved' }>,
): ResolverResult {
  const name = joint.roots[0] ?? roots[0]?.name;
  if (name === undefined) throw new Error('a request without roots has a solution');
  const refusal: Refusal = { ...createRefusal(name, null, 'NOT_FOUND', joint.reason), because: 'conflict' };
  return failed(context, new Map([[refusal, name]]));
}

/** The refusals that leave a root without a solution, each with the first such root. */
type Fatal = ReadonlyMap<Refusal, ProjectName>;
type SeparateSolutions = { readonly releases: ChosenReleases; readonly fatal: Fatal };

async function solveSeparately(context: Context, environment: EnvironmentInput): Promise<SeparateSolutions> {
  const releases = new Map<string, ChosenRelease>();
  const fatal = new Map<Refusal, ProjectName>();
  for (const root of environment.roots) {
    const solution = await context.solveEnvironment({ ...environment, roots: [root] });
    if (solution.kind === 'solved') addChosen(releases, solution.releases);
    else for (const refusal of fatalOf(root, solution.leaves)) fatal.set(refusal, fatal.get(refusal) ?? root.name);
  }
  return { releases, fatal };
}

/** Returns the refusals of a root without a solution. If there is none, the root's own requirements contradict. */
function fatalOf(root: Requirement, leaves: Parameters<typeof refusalsOf>[0]): readonly Refusal[] {
  const refusals = refusalsOf(leaves);
  if (refusals.length > 0) return refusals;
  const detail = `nothing satisfies \`${showRequirement(root)}\`: ${describeContradiction(leaves)}`;
  return [{ ...createRefusal(root.name, null, 'NOT_FOUND', detail), because: 'conflict' }];
}

function solved({ input, knownRefusals, notes, behind }: Context, releases: ChosenReleases): ResolverResult {
  const limitsUploads = input.request.options.uploadedBefore !== undefined;
  return {
    releases: [...releases]
      .map(([id, chosen]) => resolvedRelease(id, chosen, { all: releases, limitsUploads }))
      .sort(byNameAndVersion),
    refusals: firstPerProject([...knownRefusals.values()]),
    outcome: 'solved',
    notes: [...notes].slice(0, maxNotes),
    behind: [...behind],
  };
}

function failed({ knownRefusals, notes }: Context, fatal: Fatal): ResolverResult {
  const fatalRefusals = [...fatal].map(([refusal, root]) => ({
    ...refusal,
    ...(refusal.name !== root && { neededBy: root }),
    fatal: true,
  }));
  const others = [...knownRefusals.values()].filter((refusal) => !fatal.has(refusal));
  return {
    releases: [],
    refusals: [...firstPerProject(newestPerReason(fatalRefusals)), ...firstPerProject(others)],
    outcome: fatalRefusals.every(({ kind }) => kind === 'NOT_FOUND') ? 'not-found' : 'refused',
    notes: [...notes].slice(0, maxNotes),
  };
}

/** Keeps the newest of the releases of a project that were refused for the same reasons. */
function newestPerReason(refusals: readonly Refusal[]): Refusal[] {
  const newest = new Map<string, Refusal>();
  for (const refusal of refusals.toSorted(byProjectNewestFirst(refusals))) {
    const { name, version, kind, reasons, detail = '' } = refusal;
    const texts = [...reasons.map(({ text }) => text), detail].map((text) => text.replaceAll(version ?? '\0', ''));
    const key = JSON.stringify([name, kind, ...texts]);
    if (!newest.has(key)) newest.set(key, refusal);
  }
  return [...newest.values()];
}

/** Returns an order by the first refusal of each project, and then by version. */
function byProjectNewestFirst(refusals: readonly Refusal[]): (a: Refusal, b: Refusal) => number {
  const projects = [...new Set(refusals.map(({ name }) => name))];
  return (a, b) =>
    projects.indexOf(a.name) - projects.indexOf(b.name) || compareVersions(b.version ?? '', a.version ?? '');
}

/** Limits the refusals per project to the newest ones, because a project can have hundreds. */
function firstPerProject(refusals: readonly Refusal[]): Refusal[] {
  const counts = new Map<ProjectName, number>();
  return refusals.filter(({ name }) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count < maxRefusalsPerProject;
  });
}

function resolvedRelease(
  id: string,
  { name, candidate }: ChosenRelease,
  { all, limitsUploads }: { readonly all: ChosenReleases; readonly limitsUploads: boolean },
): ResolvedRelease {
  const needers = neededBy(id, all);
  const digests = candidate.files.map(({ filename, hashes }) => [filename, hashes.sha256 ?? ''] as const);
  return {
    name,
    version: candidate.version,
    sha256: Object.fromEntries(digests),
    uploadTime: candidate.uploadTime,
    ...(limitsUploads && { uploadTimes: uploadTimesOf(candidate.files) }),
    file: candidate.best.file.filename,
    ...(needers.length === 0 ? {} : { requiredBy: needers }),
  };
}

function uploadTimesOf(files: ChosenRelease['candidate']['files']): Readonly<Record<string, string>> {
  const times = files.flatMap(({ filename, uploadTime }) => (uploadTime === undefined ? [] : [[filename, uploadTime]]));
  return Object.fromEntries(times);
}

function byNameAndVersion(a: ResolvedRelease, b: ResolvedRelease): number {
  return a.name === b.name ? compareVersions(a.version, b.version) : a.name < b.name ? -1 : 1;
}
