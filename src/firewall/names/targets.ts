import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { protectedNamesWith } from './protected-names.ts';

/** A name that others imitate. */
export type Target = {
  readonly name: string;
  /** What it stands for: `web3` for its other spelling `web3-py`. */
  readonly project: ProjectName;
  /** Place in the popularity list, or the place it is weighed as. */
  readonly rank: number;
};

/** How far down the list projects are also known by the name of their repository (`web3.py`). */
const aliasesDownTo = 3_000;

/** Everything that may be imitated: popular names, their `-py` spellings, and protected names. */
export function gatherTargets(popular: readonly string[], own: readonly string[]): readonly Target[] {
  const listed = new Set(popular);
  const targets = popular.map((name, index): Target => ({ name, project: name as ProjectName, rank: index + 1 }));
  const aliases = targets
    .slice(0, aliasesDownTo)
    .filter(({ name }) => name.length >= 4 && !/py|-/.test(name) && !listed.has(`${name}-py`))
    .map(({ name, project, rank }) => ({ name: `${name}-py`, project, rank: 2 * rank }));
  const guarded = new Map(
    protectedNamesWith(own.filter((name) => !name.includes('*')).map(normaliseName))
      .filter(({ name }) => !listed.has(name))
      .map(({ name, rank }) => [name, { name, project: name as ProjectName, rank }]),
  );
  return [...targets, ...aliases, ...guarded.values()];
}
