import type { UnknownGate } from './policy.ts';
import type { Finding, Signal } from './types.ts';

type Base = Pick<Finding, 'rule' | 'signal' | 'source' | 'fetchedAt'>;

/** Returns the fields that all findings of a gate share. */
export function gateBase(rule: string, signal: string, { source, fetchedAt }: Signal<unknown>): Base {
  return { rule, signal, source, fetchedAt };
}

/** Returns the finding of a gate whose signal is unknown. The policy decides whether the release is put on hold. */
export function unknownGate(base: Base, label: string, why: string, rank: number | null, effect: UnknownGate): Finding {
  const holds = (rank === null ? effect.unranked : effect.ranked) === 'hold';
  return {
    ...base,
    text: `${label} unknown: ${base.source} ${why}`,
    state: 'unknown',
    gate: holds ? 'hold' : undefined,
    value: null,
    note: holds
      ? why
      : `${why}; passed, because the policy allows it for ${rank === null ? 'unranked' : 'ranked'} projects`,
  };
}
