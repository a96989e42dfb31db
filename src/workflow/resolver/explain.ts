import { showRequirement } from '../../index/requirement.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Leaf } from './incompatibility.ts';

/** The refusals among the facts that rule a solution out, each once. */
export function refusalsOf(leaves: readonly Leaf[]): Refusal[] {
  const refusals = leaves.flatMap((leaf) => (leaf.kind === 'refused' || leaf.kind === 'unfit' ? leaf.refusals : []));
  return [...new Set(refusals)];
}

const maxFacts = 6;

/** The requirements that contradict each other, as a sentence: what was asked for first, one release of each parent. */
export function sentence(leaves: readonly Leaf[]): string {
  const facts = new Map<string, string>();
  const needs = leaves.flatMap((leaf) => (leaf.kind === 'needs' ? [leaf] : []));
  for (const { parent, requirement } of needs.sort((a, b) => Number(a.parent !== '') - Number(b.parent !== ''))) {
    const key = `${parent.split(' ')[0]} ${requirement.name}`;
    const text = `\`${showRequirement({ ...requirement, marker: undefined })}\``;
    if (!facts.has(key)) facts.set(key, parent === '' ? `${text} is asked for` : `${parent} needs ${text}`);
  }
  const more = facts.size > maxFacts ? ` and ${facts.size - maxFacts} more` : '';
  return `${[...facts.values()].slice(0, maxFacts).join('; ')}${more}`;
}
