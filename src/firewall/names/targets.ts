import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { protectedNamesWith } from './protected-names.ts';

/** A name that others imitate. */
export type Target = {
  readonly name: string;
  /** The project that the name stands for: `web3` for the alias `web3-py`. */
  readonly project: ProjectName;
  /** The position in the popularity list, or the rank that stands for its popularity. */
  readonly rank: number;
};

/** The maximum rank of projects that get an alias with `-py`, the common name of a repository (`web3.py`). */
const maxAliasRank = 3_000;

/** Returns the names that may be imitated: popular names, their `-py` aliases, and protected names. */
export function gatherTargets(popular: readonly string[], teamNames: readonly string[]): readonly Target[] {
  const listed = new Set(popular);
  const targets = popular.map((name, index): Target => ({ name, project: name as ProjectName, rank: index + 1 }));
  const aliases = targets
    .slice(0, maxAliasRank)
    .filter(({ name }) => name.length >= 4 && !/py|-/.test(name) && !listed.has(`${name}-py`))
    .map(({ name, project, rank }) => ({ name: `${name}-py`, project, rank: 2 * rank }));
  const protectedTargets = new Map(
    protectedNamesWith(teamNames.filter((name) => !name.includes('*')).map(normaliseName))
      .filter(({ name }) => !listed.has(name))
      .map(({ name, rank }) => [name, { name, project: name as ProjectName, rank }]),
  );
  return [...targets, ...aliases, ...protectedTargets.values()];
}
