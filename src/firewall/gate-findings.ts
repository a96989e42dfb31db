import type { UnknownGate } from './policy.ts';
import type { Finding, Signal, Signals } from './types.ts';
import { vouchingRelease, vouchingText } from './vouching.ts';

type Base = Pick<Finding, 'rule' | 'signal' | 'source' | 'fetchedAt'>;

/** Returns the fields that all findings of a gate share. */
export function gateBase(rule: string, signal: string, { source, fetchedAt }: Signal<unknown>): Base {
  return { rule, signal, source, fetchedAt };
}

/** Returns the finding of a gate whose signal is unknown. The policy decides whether the release is put on hold. */
export function unknownGate(
  base: Base,
  label: string,
  why: string,
  signals: Pick<Signals, 'rank' | 'requiredBy' | 'index'>,
  effect: UnknownGate,
): Finding {
  const vouching = vouchingRelease(signals);
  // The administrators chose this index for the name, so what it never says must not hold its releases for ever.
  const isChosen = signals.index !== undefined && base.signal !== 'installCode';
  const isRanked = signals.rank !== null || vouching !== undefined || isChosen;
  const holds = (isRanked ? effect.ranked : effect.unranked) === 'hold';
  const passes = isChosen
    ? 'the policy names the index of this project'
    : vouching === undefined
      ? `the policy allows it for ${isRanked ? 'ranked' : 'unranked'} projects`
      : vouchingText(vouching);
  return {
    ...base,
    text: `${label} unknown: ${base.source} ${why}`,
    asks: label,
    state: 'unknown',
    gate: holds ? 'hold' : undefined,
    value: null,
    note: holds ? why : `${why}; passed, because ${passes}`,
  };
}
