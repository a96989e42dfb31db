import { admissiblePositions } from '../../index/admissible.ts';
import { evaluateMarker } from '../../index/markers.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import { openSlices } from '../../slices.ts';
import type { Refusal } from '../../vetting/types.ts';
import { absenceRefusal } from './absence.ts';
import { createRefusal } from './admission.ts';
import { planBuild } from './build.ts';
import type { Project, UsableCandidate } from './catalogue.ts';
import {
  type ChosenRelease,
  type ChosenReleases,
  type Context,
  type EnvironmentInput,
  recordRefusal,
} from './context.ts';
import { type Leaf, type PackageKey, rootKey } from './incompatibility.ts';
import type { Choice, Dependency, Expansion, Provider } from './provider.ts';
import { addChosen } from './required-by.ts';
import { hasPosition, intersect, isEmpty, universe, type VersionSet } from './version-set.ts';

/** A project, or one of its extras, within one environment. */
type Package = { readonly project: Project; readonly extra?: string | undefined; readonly rank: number };

type PackageProvider = {
  readonly context: Context;
  readonly environmentInput: EnvironmentInput;
  readonly packages: Map<PackageKey, Package>;
  /** The releases that building a chosen sdist needs, by `name version`. */
  readonly builds: Map<string, ChosenReleases>;
  /** What each expanded package at a position depends on, by `key position`. */
  readonly needs: Map<string, readonly PackageKey[]>;
  readonly tried: Map<PackageKey, number>;
};

/** Returns the solver's view of one environment. `releasesOf` adds the releases that building its sdists needs. */
export function openPackageProvider(
  context: Context,
  environmentInput: EnvironmentInput,
): { readonly provider: Provider; readonly releasesOf: (picks: ReadonlyMap<PackageKey, number>) => ChosenReleases } {
  const packageProvider: PackageProvider = {
    context,
    environmentInput,
    packages: new Map(),
    builds: new Map(),
    needs: new Map(),
    tried: new Map(),
  };
  const provider: Provider = {
    universeOf: (key) => packageProvider.packages.get(key)?.project.universe ?? universe(0),
    baseOf: (key) => {
      const found = packageProvider.packages.get(key);
      return found?.extra === undefined ? undefined : found.project.name;
    },
    rank: (key) => packageProvider.packages.get(key)?.rank ?? -1,
    choose: (key, allowed, base, needs) => choose(packageProvider, key, allowed, base, needs),
    expand: (key, position) => expand(packageProvider, key, position),
  };
  return { provider, releasesOf: (picks) => releasesOf(packageProvider, picks) };
}

async function choose(
  { context, environmentInput, packages }: PackageProvider,
  key: PackageKey,
  allowed: VersionSet,
  base: number | undefined,
  needs: readonly Dependency[],
): Promise<Choice> {
  if (key === rootKey) return { kind: 'take', position: 0 };
  const found = packages.get(key);
  if (found === undefined) return { kind: 'none', refusals: [] };
  const { project, extra } = found;
  if (extra !== undefined)
    return base !== undefined && hasPosition(allowed, base)
      ? { kind: 'take', position: base }
      : { kind: 'none', refusals: [] };
  const specifiers = [
    ...needs.map(({ requirement }) => requirement.specifier),
    ...(environmentInput.constraints.get(project.name) ?? []),
  ];
  const { pre, upgrade } = context.input.request.options;
  const fit = admissiblePositions(project.usable, specifiers, { prereleases: pre }).filter((at) =>
    hasPosition(allowed, at),
  );
  const secure = upgrade || fit.length === 0 ? undefined : await context.secureVersions(project.name);
  const position = fit.find((at) => secure?.has(project.usable[at]?.version ?? '')) ?? fit[0];
  if (position !== undefined) {
    if (position !== fit[0]) context.behind.add(project.name);
    return { kind: 'take', position };
  }
  return { kind: 'none', refusals: unfitRefusals(context, project, allowed, specifiers) };
}

/** Returns a refusal if only yanked releases match. Other releases may have been ruled out for a different reason. */
function unfitRefusals(
  context: Context,
  { name, usable }: Project,
  allowed: VersionSet,
  specifiers: readonly string[],
): readonly Refusal[] {
  if (admissiblePositions(usable, specifiers, { prereleases: true }).length > 0) return [];
  const yanked = usable.filter(({ yanked }, at) => yanked && hasPosition(allowed, at));
  if (yanked.length === 0) return [];
  const text = specifiers.filter((specifier) => specifier !== '').join(',');
  const detail = `only yanked releases satisfy \`${name}${text}\`, such as ${yanked[0]?.version}`;
  return [recordRefusal(context, { ...createRefusal(name, null, 'NOT_FOUND', detail), because: 'yanked' })];
}

async function expand(packageProvider: PackageProvider, key: PackageKey, position: number): Promise<Expansion> {
  const { environmentInput, packages } = packageProvider;
  if (key === rootKey) return dependenciesOf(packageProvider, undefined, environmentInput.roots);
  const { project, extra = '' } = packages.get(key) ?? {};
  const candidate = project?.usable[position];
  if (project === undefined || candidate === undefined) return { kind: 'inadmissible', refusals: [] };
  const admission = await packageProvider.context.admit(project.name, candidate);
  if (admission.kind === 'refused') return { kind: 'inadmissible', refusals: admission.refusals };
  const requirements = environmentInput.noDeps
    ? []
    : admission.requirements.filter((requirement) => applies(packageProvider, requirement, extra));
  // An extra needs no dependency on its project: the project is decided first, and `choose` takes the same version.
  if (extra === '') {
    prefetchOlder(packageProvider, key, position);
    expectImport(packageProvider.context, project.name, candidate).catch(() => undefined);
    const build = await planBuild(
      packageProvider.context,
      environmentInput,
      project.name,
      candidate,
      admission.buildRequirements,
    );
    if (build.kind === 'refused') return { kind: 'inadmissible', refusals: build.refusals };
    packageProvider.builds.set(`${project.name} ${candidate.version}`, build.releases);
  }
  const expansion = await dependenciesOf(packageProvider, { name: project.name, candidate }, requirements);
  if (expansion.kind === 'dependencies') {
    const needed = expansion.dependencies.map((dependency) => dependency.key);
    packageProvider.needs.set(`${key} ${position}`, needed);
  }
  return expansion;
}

function applies({ context }: PackageProvider, { marker }: Requirement, extra: string): boolean {
  return marker === undefined || evaluateMarker(marker, context.input.request.environment, extra);
}

/** Announces the file of a release that is not in secure-pypi. */
async function expectImport({ input, secureVersions }: Context, name: ProjectName, candidate: UsableCandidate) {
  if (input.expect === undefined || (await secureVersions(name)).has(candidate.version)) return;
  input.expect(candidate.best.file);
}

/** Prefetches older releases of a project once the solver has rejected one. */
function prefetchOlder({ context, packages, tried }: PackageProvider, key: PackageKey, position: number): void {
  const count = tried.get(key) ?? 0;
  tried.set(key, count + 1);
  if (count === 0 || context.input.request.options.noDeps) return;
  const next = packages.get(key)?.project.usable.slice(position + 1, position + 1 + Math.min(count * 2, 16)) ?? [];
  for (const candidate of next) context.catalogue.facts(candidate, 'prefetch').catch(() => undefined);
}

type Parent = { readonly name: ProjectName; readonly candidate: UsableCandidate };

async function dependenciesOf(
  packageProvider: PackageProvider,
  parent: Parent | undefined,
  requirements: readonly Requirement[],
): Promise<Expansion> {
  const { context } = packageProvider;
  const applicable =
    parent === undefined
      ? requirements.filter((requirement) => applies(packageProvider, requirement, ''))
      : requirements;
  const direct = applicable.find(({ url }) => url !== undefined);
  if (direct !== undefined)
    return { kind: 'inadmissible', refusals: [recordRefusal(context, directUrl(parent, direct))] };
  for (const requirement of applicable) context.prefetch(requirement);
  const projects = await Promise.all(applicable.map(({ name }) => context.catalogue.project(name)));
  const dependencies: Dependency[] = [];
  const slices = openSlices();
  for (const [index, requirement] of applicable.entries()) {
    const project = projects[index];
    if (project !== undefined) dependencies.push(...dependenciesOn(packageProvider, parent, requirement, project));
    await slices.next();
  }
  return { kind: 'dependencies', dependencies };
}

function directUrl(parent: Parent | undefined, { name, url = '' }: Requirement): Refusal {
  const address = url.replace(/\/\/[^/@]*@/, '//').slice(0, 200);
  if (parent === undefined)
    return createRefusal(name, null, 'BLOCKED', `it is requested by a direct URL, \`${address}\``);
  const detail = `it requires \`${name}\` by a direct URL, \`${address}\``;
  return createRefusal(parent.name, parent.candidate.version, 'BLOCKED', detail);
}

function dependenciesOn(
  packageProvider: PackageProvider,
  parent: Parent | undefined,
  requirement: Requirement,
  project: Project,
): Dependency[] {
  const { context, environmentInput } = packageProvider;
  const constraints = environmentInput.constraints.get(project.name) ?? [];
  const set = constraints.reduce(
    (rest, specifier) => intersect(rest, project.matching(specifier)),
    project.matching(requirement.specifier),
  );
  const parentText = parent === undefined ? undefined : `${parent.name} ${parent.candidate.version}`;
  const { environment } = context.input.request;
  const cause: Leaf = isEmpty(set)
    ? {
        kind: 'refused',
        refusals: [
          recordRefusal(
            context,
            absenceRefusal({
              project,
              requirement,
              parent: parentText,
              constraints,
              environment,
              nearest: context.input.nearest,
              isPrivate: context.input.isPrivate,
            }),
          ),
        ],
      }
    : { kind: 'needs', parent: parentText ?? '', requirement };
  const extras = environmentInput.noDeps ? [] : requirement.extras;
  return [undefined, ...extras].map((extra) => ({
    key: register(packageProvider, project, extra),
    set,
    requirement,
    cause,
  }));
}

function register({ packages }: PackageProvider, project: Project, extra: string | undefined): PackageKey {
  const key = extra === undefined ? project.name : `${project.name}[${extra}]`;
  if (!packages.has(key)) packages.set(key, { project, extra, rank: packages.size });
  return key;
}

function releasesOf(packageProvider: PackageProvider, picks: ReadonlyMap<PackageKey, number>): ChosenReleases {
  const { builds, needs } = packageProvider;
  const releases = new Map<string, ChosenRelease>();
  const chosen = [...picks].flatMap(([key, position]) => chosenOf(packageProvider, key, position));
  for (const { id, name, candidate, extra } of chosen) {
    if (extra !== undefined) continue;
    addChosen(releases, new Map([[id, { name, candidate, requiredBy: new Set<string>() }]]));
    const build = [...(builds.get(id) ?? [])].map(
      ([needed, release]) => [needed, { ...release, requiredBy: new Set([...release.requiredBy, id]) }] as const,
    );
    addChosen(releases, new Map(build));
  }
  for (const { id, key, position } of chosen) {
    for (const needed of needs.get(`${key} ${position}`) ?? []) {
      const [release] = chosenOf(packageProvider, needed, picks.get(needed));
      if (release === undefined || release.id === id) continue;
      addChosen(releases, new Map([[release.id, { ...release, requiredBy: new Set([id]) }]]));
    }
  }
  return releases;
}

function chosenOf({ packages }: PackageProvider, key: PackageKey, position: number | undefined) {
  const { project, extra } = packages.get(key) ?? {};
  const candidate = position === undefined ? undefined : project?.usable[position];
  if (project === undefined || candidate === undefined || position === undefined) return [];
  return [{ id: `${project.name} ${candidate.version}`, name: project.name, candidate, extra, key, position }];
}
