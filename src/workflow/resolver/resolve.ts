import { AwspipError } from '../../errors.ts';
import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { Refusal } from '../../vetting/types.ts';
import { openAdmissions, unfit } from './admission.ts';
import { openCatalogue, tooLarge } from './catalogue.ts';
import type { Chosen, ChosenReleases, Context, EnvironmentAnswer, EnvironmentQuestion } from './context.ts';
import { refusalsOf, sentence } from './explain.ts';
import { withNewest } from './newest.ts';
import { openPackageProvider } from './package-provider.ts';
import { openReadAhead } from './read-ahead.ts';
import { type Asked, readAsked } from './roots.ts';
import { solve } from './solver.ts';
import { defaultLimits, type ResolvedRelease, type ResolverAnswer, type ResolverInput } from './types.ts';

/** Part of the time that the joint solution may take; the rest is for the roots one by one. */
const jointShare = 0.6;
const maxRefusalsPerProject = 5;
const maxNotes = 100;

/**
 * Walks the requirements and everything they need, for the interpreter that asked, to one joint solution: runtime
 * requirements, and what building each chosen sdist needs. Works from static metadata alone; nothing is run.
 *
 * A refused release makes it try the next older one. Where no joint solution exists each root is solved by itself: pip
 * stays the judge of what it needs. Only a root that has no solution even so makes the answer `refused` or `not-found`.
 *
 * @throws {AwspipError} `index-unreachable` and its like (unavailable); `resolution-unfinished`, `resolution-too-large`;
 * `requirement-unreadable` (usage).
 */
export async function resolve(input: ResolverInput): Promise<ResolverAnswer> {
  const context = openContext(input);
  const begun = input.now();
  const milliseconds = context.bounds.seconds * 1000;
  try {
    const asked = readAsked(input.request);
    for (const note of asked.notes) context.notes.add(note);
    const question = environmentQuestion(input, asked, asked.roots);
    const share = asked.roots.length > 1 ? jointShare : 1;
    const joint = await jointly(context, { ...question, deadline: begun + milliseconds * share });
    if (joint.kind === 'solved') return solved(context, joint.releases);
    const parts = await apart(context, { ...question, deadline: begun + milliseconds });
    if (parts.fatal.size > 0) {
      const answer = failed(context, parts.fatal);
      return { ...answer, refusals: await withNewest(context, question, answer.refusals) };
    }
    context.notes.add(
      `no one set of releases satisfies everything together (${joint.why}); each was looked at by itself`,
    );
    return solved(context, parts.releases);
  } finally {
    context.catalogue.close();
  }
}

function openContext(input: ResolverInput): Context {
  const bounds = { ...defaultLimits, ...input.bounds };
  const catalogue = openCatalogue({ index: input.index, request: input.request, bounds });
  const [met, notes] = [new Map<string, Refusal>(), new Set<string>()];
  const context: Context = {
    input,
    bounds,
    catalogue,
    met,
    notes,
    foresee: openReadAhead(catalogue, input.request, bounds.releases),
    secure: remembered(input.secure),
    admit: openAdmissions({ input, catalogue, met, notes }),
    solveEnvironment: (question) => solveEnvironment(context, question),
  };
  return context;
}

function remembered<Value>(ask: (name: ProjectName) => Promise<Value>): (name: ProjectName) => Promise<Value> {
  const known = new Map<ProjectName, Promise<Value>>();
  return (name) => {
    const value = known.get(name) ?? ask(name);
    known.set(name, value);
    return value;
  };
}

function environmentQuestion(
  { request }: ResolverInput,
  { constraints }: Asked,
  roots: readonly Requirement[],
): Omit<EnvironmentQuestion, 'deadline'> {
  return { roots, constraints, noDeps: request.options.noDeps, building: [] };
}

async function solveEnvironment(context: Context, question: EnvironmentQuestion): Promise<EnvironmentAnswer> {
  const packageProvider = openPackageProvider(context, question);
  const solution = await solve(packageProvider.provider, (steps) => {
    if (steps < context.bounds.steps && context.input.now() < question.deadline) return;
    throw new AwspipError('resolution-unfinished', 'the requirements could not be solved in the time there is', {
      exit: 'unavailable',
      hint: 'give narrower versions, or install fewer at a time',
    });
  });
  if (solution.kind === 'unsolvable') return solution;
  const releases = packageProvider.releasesOf(solution.picks);
  if (releases.size > context.bounds.releases) throw tooLarge(context.bounds.releases);
  return { kind: 'solved', releases };
}

type Joint =
  | { readonly kind: 'solved'; readonly releases: ChosenReleases }
  | { readonly kind: 'not'; readonly why: string };

async function jointly(context: Context, question: EnvironmentQuestion): Promise<Joint> {
  try {
    const answer = await context.solveEnvironment(question);
    return answer.kind === 'solved' ? answer : { kind: 'not', why: sentence(answer.leaves) };
  } catch (error) {
    if (error instanceof AwspipError && error.code === 'resolution-unfinished')
      return { kind: 'not', why: error.message };
    throw error;
  }
}

/** What stops a root, and the first root it stops. */
type Fatal = ReadonlyMap<Refusal, ProjectName>;
type Parts = { readonly releases: ChosenReleases; readonly fatal: Fatal };

async function apart(context: Context, question: EnvironmentQuestion): Promise<Parts> {
  const releases = new Map<string, Chosen>();
  const fatal = new Map<Refusal, ProjectName>();
  for (const root of question.roots) {
    const answer = await context.solveEnvironment({ ...question, roots: [root] });
    if (answer.kind === 'solved') for (const [key, chosen] of answer.releases) releases.set(key, chosen);
    else for (const refusal of fatalOf(root, answer.leaves)) fatal.set(refusal, fatal.get(refusal) ?? root.name);
  }
  return { releases, fatal };
}

/** Without a refusal among the facts the root contradicts itself: no release of it can be installed, by pip either. */
function fatalOf(root: Requirement, leaves: Parameters<typeof refusalsOf>[0]): readonly Refusal[] {
  const refusals = refusalsOf(leaves);
  if (refusals.length > 0) return refusals;
  const detail = `nothing satisfies \`${showRequirement(root)}\`: ${sentence(leaves)}`;
  return [{ ...unfit(root.name, null, 'NOT_FOUND', detail), because: 'conflict' }];
}

function solved({ met, notes }: Context, releases: ChosenReleases): ResolverAnswer {
  return {
    releases: [...releases.values()].map(resolvedRelease).sort(byNameAndVersion),
    refusals: fewOf([...met.values()]),
    outcome: 'solved',
    notes: [...notes].slice(0, maxNotes),
  };
}

function failed({ met, notes }: Context, fatal: Fatal): ResolverAnswer {
  const stopping = [...fatal].map(([refusal, root]) => ({
    ...refusal,
    ...(refusal.name !== root && { neededBy: root }),
    fatal: true,
  }));
  const others = [...met.values()].filter((refusal) => !fatal.has(refusal));
  return {
    releases: [],
    refusals: [...fewOf(stopping), ...fewOf(others)],
    outcome: stopping.every(({ kind }) => kind === 'NOT_FOUND') ? 'not-found' : 'refused',
    notes: [...notes].slice(0, maxNotes),
  };
}

/** The newest few of each project: a project may have hundreds of refused releases. */
function fewOf(refusals: readonly Refusal[]): Refusal[] {
  const counts = new Map<ProjectName, number>();
  return refusals.filter(({ name }) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count < maxRefusalsPerProject;
  });
}

function resolvedRelease({ name, candidate }: Chosen): ResolvedRelease {
  const digests = candidate.files.map(({ filename, hashes }) => [filename, hashes.sha256 ?? ''] as const);
  return { name, version: candidate.version, sha256: Object.fromEntries(digests), uploadTime: candidate.uploadTime };
}

function byNameAndVersion(a: ResolvedRelease, b: ResolvedRelease): number {
  return a.name === b.name ? compareVersions(a.version, b.version) : a.name < b.name ? -1 : 1;
}
