import { resolveConflict } from './conflict.ts';
import {
  complement,
  type Incompatibility,
  incompatibility,
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

/** A requirement that counts while its parent is chosen at that version. */
type Edge = { readonly parent: PackageKey; readonly position: number; readonly dependency: Dependency };

type State = {
  readonly provider: Provider;
  readonly solution: PartialSolution;
  readonly incompatibilities: Map<PackageKey, Incompatibility[]>;
  readonly edges: Map<PackageKey, Edge[]>;
  readonly expanded: Set<string>;
  /** Packages put off until the others are decided, and for whose sake. */
  readonly late: Map<PackageKey, Set<PackageKey>>;
  readonly universeOf: (key: PackageKey) => VersionSet;
};

/**
 * Finds one version for every package that is needed, or the facts that rule it out.
 *
 * PubGrub (https://github.com/dart-lang/pub/blob/master/doc/solver.md) over finite lists of versions, with pip's
 * preferences: every package as new as what was decided before it allows, roots in their order first; and a package
 * decided too early gives way to the newest release of what needs it otherwise, as pip pins anew.
 *
 * @param beforeStep called before each decision with their number so far; throws to end it.
 */
export async function solve(provider: Provider, beforeStep: (steps: number) => void): Promise<Solution> {
  const state = begin(provider);
  let changed: PackageKey = rootKey;
  for (let steps = 0; ; steps += 1) {
    const proof = propagate(state, changed);
    if (proof !== undefined) return { kind: 'unsolvable', leaves: leavesOf(proof) };
    const next = nextPackage(state);
    if (next === undefined) return { kind: 'solved', picks: picksOf(state) };
    beforeStep(steps);
    changed = await decide(state, next);
  }
}

function begin(provider: Provider): State {
  const rootUniverse = universe(1);
  const universeOf = (key: PackageKey): VersionSet => (key === rootKey ? rootUniverse : provider.universeOf(key));
  const state: State = {
    provider,
    solution: partialSolution(universeOf),
    incompatibilities: new Map(),
    edges: new Map(),
    expanded: new Set(),
    late: new Map(),
    universeOf,
  };
  learn(state, [[rootKey, minus(rootUniverse, only(rootUniverse, 0))]], { kind: 'root' });
  return state;
}

function learn(state: State, terms: [PackageKey, VersionSet][], cause: Incompatibility['cause']): Incompatibility {
  const learned = incompatibility(terms, state.universeOf, cause);
  keep(state, learned);
  return learned;
}

function keep({ incompatibilities }: State, learned: Incompatibility): void {
  for (const key of learned.terms.keys()) {
    const list = incompatibilities.get(key);
    if (list === undefined) incompatibilities.set(key, [learned]);
    else list.push(learned);
  }
}

/** Draws all conclusions from a change; answers the proof when there is no solution at all. */
function propagate(state: State, start: PackageKey): Incompatibility | undefined {
  const waiting = new Set([start]);
  for (const key of waiting) {
    waiting.delete(key);
    const list = state.incompatibilities.get(key) ?? [];
    for (let index = list.length - 1; index >= 0; index -= 1) {
      const held = list[index];
      const outcome = held === undefined ? undefined : conclude(state, held);
      if (outcome === undefined || held === undefined) continue;
      if (outcome !== 'conflict') {
        waiting.add(outcome);
        continue;
      }
      const resolved = resolveConflict(held, state.solution, state.universeOf);
      if (resolved.kind === 'unsolvable') return resolved.proof;
      if (resolved.isNew) keep(state, resolved.learned);
      const next = conclude(state, resolved.learned);
      waiting.clear();
      if (next !== undefined && next !== 'conflict') waiting.add(next);
      break;
    }
  }
  return undefined;
}

/** With all terms but one satisfied, that one must not be: derives it and says of which package. */
function conclude({ solution, universeOf }: State, held: Incompatibility): PackageKey | 'conflict' | undefined {
  let open: readonly [PackageKey, VersionSet] | undefined;
  for (const term of held.terms) {
    const current = solution.current(term[0]);
    if (isSubset(current, term[1])) continue;
    if (isDisjoint(current, term[1]) || open !== undefined) return undefined;
    open = term;
  }
  if (open === undefined) return 'conflict';
  const [key, set] = open;
  solution.derive(key, complement(set, universeOf(key)), held);
  return key;
}

/** pip's order: exact pins first, then the roots as they were asked for, then whatever was met first. */
function nextPackage({ solution, provider, late }: State): PackageKey | undefined {
  let best: { readonly key: PackageKey; readonly rank: readonly number[] } | undefined;
  for (const key of solution.known()) {
    if (solution.decision(key) !== undefined || !isSelected(solution.current(key))) continue;
    const pinned = positions(solution.current(key)).length <= 1;
    const rank = [late.get(key)?.size ?? 0, pinned ? 0 : 1, provider.rank(key)];
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

/** Chooses a version and learns what it needs; answers the package to draw conclusions from. */
async function decide(state: State, key: PackageKey): Promise<PackageKey> {
  const { solution, provider, edges, universeOf } = state;
  const allowed = solution.current(key);
  const active = (edges.get(key) ?? []).filter(({ parent, position }) => solution.decision(parent) === position);
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
    learn(state, [[key, allowed], ...reasons], { kind: 'unfit', refusals: choice.refusals });
    return key;
  }
  if (!state.expanded.has(`${key} ${choice.position}`)) {
    const outcome = await expand(state, key, choice.position);
    if (outcome !== 'free') return outcome;
  }
  solution.decide(key, choice.position);
  return key;
}

/** Learns what a version needs; `free` when nothing known so far speaks against choosing it. */
async function expand(state: State, key: PackageKey, position: number): Promise<PackageKey | 'free'> {
  const { provider, solution, universeOf } = state;
  const expansion = await provider.expand(key, position);
  state.expanded.add(`${key} ${position}`);
  const self: [PackageKey, VersionSet] = [key, only(universeOf(key), position)];
  if (expansion.kind === 'inadmissible') {
    learn(state, [self], { kind: 'refused', refusals: expansion.refusals });
    return key;
  }
  let clash = false;
  for (const dependency of expansion.dependencies) {
    const forbidden = complement(dependency.set, universeOf(dependency.key));
    const learned = learn(state, [self, [dependency.key, forbidden]], dependency.cause);
    if (learned.terms.size === 1 || isSubset(solution.current(dependency.key), forbidden)) clash = true;
    addEdge(state, { parent: key, position, dependency });
  }
  if (!clash) return 'free';
  return giveWay(state, key, expansion.dependencies) ?? key;
}

function addEdge({ edges }: State, edge: Edge): void {
  const list = edges.get(edge.dependency.key);
  if (list === undefined) edges.set(edge.dependency.key, [edge]);
  else list.push(edge);
}

/**
 * Where a decision alone, not what it had to obey, stands against the newest release of `key`, the decision is taken
 * back and its package put off. Once for each pair, so it ends.
 */
function giveWay(state: State, key: PackageKey, dependencies: readonly Dependency[]): PackageKey | undefined {
  const { solution, late, universeOf } = state;
  const against: { readonly key: PackageKey; readonly level: number }[] = [];
  for (const dependency of dependencies) {
    const forbidden = complement(dependency.set, universeOf(dependency.key));
    if (!isSubset(solution.current(dependency.key), forbidden)) continue;
    const before = solution.beforeDecision(dependency.key);
    if (before === undefined || isSubset(before.left, forbidden)) return undefined;
    if (late.get(dependency.key)?.has(key)) return undefined;
    against.push({ key: dependency.key, level: before.level });
  }
  const [first] = against.sort((a, b) => a.level - b.level);
  if (first === undefined) return undefined;
  for (const { key: other } of against) late.set(other, new Set(late.get(other)).add(key));
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
