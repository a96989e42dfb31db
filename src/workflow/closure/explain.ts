import { showRequirement } from '../../index/requirement.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Leaf } from './incompatibility.ts';

/** The refusals among the facts that rule a solution out, each once. */
export function refusalsOf(leaves: readonly Leaf[]): Refusal[] {
  const refusals = leaves.flatMap((leaf) => (leaf.kind === 'refused' || leaf.kind === 'unfit' ? leaf.refusals : []));
  return [...new Set(refusals)];
}

const mostFacts = 6;

/** The requirements that contradict each other, as a sentence. */
export function sentence(leaves: readonly Leaf[]): string {
  const facts = [...new Set(leaves.flatMap(showLeaf))];
  const more = facts.length > mostFacts ? ` and ${facts.length - mostFacts} more` : '';
  return `${facts.slice(0, mostFacts).join('; ')}${more}`;
}

function showLeaf(leaf: Leaf): string[] {
  if (leaf.kind !== 'needs') return [];
  const parent = leaf.parent === '' ? 'asked for' : `${leaf.parent} needs`;
  return [`${parent} \`${showRequirement({ ...leaf.requirement, marker: undefined })}\``];
}
