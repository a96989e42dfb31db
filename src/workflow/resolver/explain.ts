import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Leaf } from './incompatibility.ts';

/** Returns the refusals among the facts that rule out a solution, without duplicates. */
export function refusalsOf(leaves: readonly Leaf[]): Refusal[] {
  const refusals = leaves.flatMap((leaf) => (leaf.kind === 'refused' || leaf.kind === 'unfit' ? leaf.refusals : []));
  return [...new Set(refusals)];
}

/** Returns the projects of the roots among the facts that rule out a solution. */
export function contradictoryRoots(leaves: readonly Leaf[]): ProjectName[] {
  return leaves.flatMap((leaf) => (leaf.kind === 'needs' && leaf.parent === '' ? [leaf.requirement.name] : []));
}

const maxFacts = 6;

/** Returns a sentence about contradictory requirements: first the roots, then one release of each parent. */
export function describeContradiction(leaves: readonly Leaf[]): string {
  const facts = new Map<string, string>();
  const needs = leaves.flatMap((leaf) => (leaf.kind === 'needs' ? [leaf] : []));
  for (const { parent, requirement } of needs.sort((a, b) => Number(a.parent !== '') - Number(b.parent !== ''))) {
    const text = `\`${showRequirement({ ...requirement, marker: undefined })}\``;
    const key = parent === '' ? text : `${parent.split(' ')[0]} ${requirement.name}`;
    if (!facts.has(key)) facts.set(key, parent === '' ? `${text} is requested` : `${parent} needs ${text}`);
  }
  const more = facts.size > maxFacts ? ` and ${facts.size - maxFacts} more` : '';
  return `${[...facts.values()].slice(0, maxFacts).join('; ')}${more}`;
}
