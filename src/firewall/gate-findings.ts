import type { UnknownGate } from './policy.ts';
import type { Finding, Signal } from './types.ts';

type Base = Pick<Finding, 'rule' | 'signal' | 'source' | 'fetchedAt'>;

/** What every finding of a gate has. */
export function gateBase(rule: string, signal: string, { source, fetchedAt }: Signal<unknown>): Base {
  return { rule, signal, source, fetchedAt };
}

/** What a gate finds while its fact is unknown: the policy says whether that holds. */
export function unknownGate(base: Base, label: string, why: string, rank: number | null, when: UnknownGate): Finding {
  const holds = (rank === null ? when.unranked : when.ranked) === 'hold';
  return {
    ...base,
    text: `${label} unknown: ${base.source} ${why}`,
    state: 'unknown',
    gate: holds ? 'hold' : undefined,
    value: null,
    note: holds ? why : `${why}; passed, as the policy says of ${rank === null ? 'unranked' : 'ranked'} projects`,
  };
}
