import { resolveConflict } from './conflict.ts';
import {
  complement,
  createIncompatibility,
  type Incompatibility,
  type Leaf,
  leavesOf,
  type PackageKey,
  rootKey,
} from './incompatibility.ts';
import { type PartialSolution, partialSolution } from './partial-solution.ts';
import type { Dependency, Provider } from './provider.ts';
import { isDisjoint, isSelected, isSubset, minus, only, positions, universe, type VersionSet } from './version-set.ts';

type Solution =
  | { readonly kind: 'solved'; readonly picks: ReadonlyMap<PackageKey, number> }
  | { readonly kind: 'unsolvable'; readonly leaves: readonly Leaf[] };

/** A requirement that applies while its parent has the version at `position`. */
type Dependent = { readonly parent: PackageKey; readonly position: number; readonly dependency: Dependency };

type State = {
  readonly provider: Provider;
  readonly solution: PartialSolution;
  readonly incompatibilities: Map<PackageKey, Incompatibility[]>;
  readonly dependents: Map<PackageKey, Dependent[]>;
  readonly expanded: Set<string>;
  /** Packages that are decided after the others, with the packages that caused the delay. */
  readonly postponed: Map<PackageKey, Set<PackageKey>>;
  readonly universeOf: (key: PackageKey) => VersionSet;
};

/**
 * Finds one version for every needed package, or the facts that rule out a solution.
 *
 * This is PubGrub (https://github.com/dart-lang/pub/blob/master/doc/solver.md) over finite version lists, with pip's
 * preferences. Each package is as new as earlier decisions allow, roots first in their order. Like pip, it replaces an
 * early decision that conflicts with the newest release of another package.
 *
 * @param beforeStep called before each decision with the number of decisions so far; throws to stop the solver.
 */
export async function solve(provider: Provider, beforeStep: (steps: number) => Promise<void>): Promise<Solution> {
  const state = initialState(provider);
  let changed: PackageKey = rootKey;
  for (let steps = 0; ; steps += 1) {
    const proof = propagate(state, changed);
    if (proof !== undefined) return { kind: 'unsolvable', leaves: leavesOf(proof) };
    const next = nextPackage(state);
    if (next === undefined) return { kind: 'solved', picks: picksOf(state) };
    await beforeStep(steps);
    changed = await decide(state, next);
  }
}

function initialState(provider: Provider): State {
  const rootUniverse = universe(1);
  const universeOf = (key: PackageKey): VersionSet => (key === rootKey ? rootUniverse : provider.universeOf(key));
  const state: State = {
    provider,
    solution: partialSolution(universeOf),
    incompatibilities: new Map(),
    dependents: new Map(),
    expanded: new Set(),
    postponed: new Map(),
    universeOf,
  };
  addIncompatibility(state, [[rootKey, minus(rootUniverse, only(rootUniverse, 0))]], { kind: 'root' });
  return state;
}

function addIncompatibility(
  state: State,
  terms: [PackageKey, VersionSet][],
  cause: Incompatibility['cause'],
): Incompatibility {
  const incompatibility = createIncompatibility(terms, state.universeOf, cause);
  indexByPackage(state, incompatibility);
  return incompatibility;
}

function indexByPackage({ incompatibilities }: State, incompatibility: Incompatibility): void {
  for (const key of incompatibility.terms.keys()) {
    const list = incompatibilities.get(key);
    if (list === undefined) incompatibilities.set(key, [incompatibility]);
    else list.push(incompatibility);
  }
}

/** Derives everything that follows from a change. Returns a proof if there is no solution. */
function propagate(state: State, start: PackageKey): Incompatibility | undefined {
  const waiting = new Set([start]);
  for (const key of waiting) {
    waiting.delete(key);
    const list = state.incompatibilities.get(key) ?? [];
    for (let index = list.length - 1; index >= 0; index -= 1) {
      const incompatibility = list[index];
      if (incompatibility === undefined) continue;
      const outcome = propagateUnit(state, incompatibility);
      if (outcome === undefined) continue;
      if (outcome !== 'conflict') {
        waiting.add(outcome);
        continue;
      }
      const resolved = resolveConflict(incompatibility, state.solution, state.universeOf);
      if (resolved.kind === 'unsolvable') return resolved.proof;
      if (resolved.isNew) indexByPackage(state, resolved.learned);
      const next = propagateUnit(state, resolved.learned);
      waiting.clear();
      if (next !== undefined && next !== 'conflict') waiting.add(next);
      break;
    }
  }
  return undefined;
}

/**
 * Derives the negation of the only unsatisfied term of an incompatibility and returns its package. Returns `conflict`
 * if all terms are satisfied, and undefined if the incompatibility doesn't apply yet.
 */
function propagateUnit(
  { solution, universeOf }: State,
  incompatibility: Incompatibility,
): PackageKey | 'conflict' | undefined {
  let open: readonly [PackageKey, VersionSet] | undefined;
  for (const term of incompatibility.terms) {
    const current = solution.current(term[0]);
    if (isSubset(current, term[1])) continue;
    if (isDisjoint(current, term[1]) || open !== undefined) return undefined;
    open = term;
  }
  if (open === undefined) return 'conflict';
  const [key, set] = open;
  solution.derive(key, complement(set, universeOf(key)), incompatibility);
  return key;
}

/** Returns the next package in pip's order: exact pins, then roots in their order, then the others as found. */
function nextPackage({ solution, provider, postponed }: State): PackageKey | undefined {
  let best: { readonly key: PackageKey; readonly rank: readonly number[] } | undefined;
  for (const key of solution.known()) {
    if (solution.decision(key) !== undefined || !isSelected(solution.current(key))) continue;
    const isPinned = positions(solution.current(key)).length <= 1;
    const rank = [postponed.get(key)?.size ?? 0, isPinned ? 0 : 1, provider.rank(key)];
    if (best === undefined || isBefore(rank, best.rank)) best = { key, rank };
  }
  if (best === undefined) return undefined;
  const base = provider.baseOf(best.key);
  return base !== undefined && solution.decision(base) === undefined ? base : best.key;
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (let index = 0; index < a.length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Chooses a version and adds its requirements. Returns the package from which to propagate. */
async function decide(state: State, key: PackageKey): Promise<PackageKey> {
  const { solution, provider, dependents, universeOf } = state;
  const allowed = solution.current(key);
  const active = (dependents.get(key) ?? []).filter(({ parent, position }) => solution.decision(parent) === position);
  const base = provider.baseOf(key);
  const basePosition = base === undefined ? undefined : solution.decision(base);
  const choice = await provider.choose(
    key,
    allowed,
    basePosition,
    active.map(({ dependency }) => dependency),
  );
  if (choice.kind === 'none') {
    const reasons = active.map(({ parent, position }): [PackageKey, VersionSet] => [
      parent,
      only(universeOf(parent), position),
    ]);
    if (base !== undefined && basePosition !== undefined) reasons.push([base, only(universeOf(base), basePosition)]);
    addIncompatibility(state, [[key, allowed], ...reasons], { kind: 'unfit', refusals: choice.refusals });
    return key;
  }
  if (!state.expanded.has(`${key} ${choice.position}`)) {
    const outcome = await expand(state, key, choice.position);
    if (outcome !== 'consistent') return outcome;
  }
  solution.decide(key, choice.position);
  return key;
}

/** Adds the requirements of a version. `consistent`: none of them conflicts with the partial solution. */
async function expand(state: State, key: PackageKey, position: number): Promise<PackageKey | 'consistent'> {
  const { provider, solution, universeOf } = state;
  const expansion = await provider.expand(key, position);
  state.expanded.add(`${key} ${position}`);
  const version: [PackageKey, VersionSet] = [key, only(universeOf(key), position)];
  if (expansion.kind === 'inadmissible') {
    addIncompatibility(state, [version], { kind: 'refused', refusals: expansion.refusals });
    return key;
  }
  let hasConflict = false;
  for (const dependency of expansion.dependencies) {
    const forbidden = complement(dependency.set, universeOf(dependency.key));
    const added = addIncompatibility(state, [version, [dependency.key, forbidden]], dependency.cause);
    if (added.terms.size === 1 || isSubset(solution.current(dependency.key), forbidden)) hasConflict = true;
    addDependent(state, { parent: key, position, dependency });
  }
  if (!hasConflict) return 'consistent';
  return postponeBlockers(state, key, expansion.dependencies) ?? key;
}

function addDependent({ dependents }: State, dependent: Dependent): void {
  const list = dependents.get(dependent.dependency.key);
  if (list === undefined) dependents.set(dependent.dependency.key, [dependent]);
  else list.push(dependent);
}

/**
 * Reverts decisions that conflict with the newest release of `key`, and postpones their packages, if the decisions were
 * free choices. Each pair of packages is handled once, so that the solver terminates.
 */
function postponeBlockers(state: State, key: PackageKey, dependencies: readonly Dependency[]): PackageKey | undefined {
  const { solution, postponed, universeOf } = state;
  const blockers: { readonly key: PackageKey; readonly level: number }[] = [];
  for (const dependency of dependencies) {
    const forbidden = complement(dependency.set, universeOf(dependency.key));
    if (!isSubset(solution.current(dependency.key), forbidden)) continue;
    const before = solution.beforeDecision(dependency.key);
    if (before === undefined || isSubset(before.remaining, forbidden)) return undefined;
    if (postponed.get(dependency.key)?.has(key)) return undefined;
    blockers.push({ key: dependency.key, level: before.level });
  }
  const [first] = blockers.sort((a, b) => a.level - b.level);
  if (first === undefined) return undefined;
  for (const { key: other } of blockers) postponed.set(other, new Set(postponed.get(other)).add(key));
  solution.backtrack(first.level - 1);
  return first.key;
}

function picksOf({ solution }: State): ReadonlyMap<PackageKey, number> {
  const picks = new Map<PackageKey, number>();
  for (const key of solution.known()) {
    const position = solution.decision(key);
    if (position !== undefined && key !== rootKey) picks.set(key, position);
  }
  return picks;
}
