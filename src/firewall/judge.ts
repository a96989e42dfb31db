import type { ProjectName } from '../index/types.ts';
import { applyGates, type GateFindings } from './gates.ts';
import { type Policy, policyVersion } from './policy.ts';
import { applyRule, type Counted } from './rules.ts';
import type { Finding, RiskLevel, Signals, Verdict } from './types.ts';

/** Everything a verdict depends on. */
export type Case = {
  readonly name: ProjectName;
  readonly version: string | null;
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
  /** `policyVersion(policy)`, where the caller has it already. */
  readonly policyVersion?: string | undefined;
};

/**
 * Signals and policy to a verdict, purely. Green exactly when ALLOWED; Red when BLOCKED. A HELD release has the level of
 * its worst case, at least Yellow: unknown signals make an interval, and Green it is only if the most is Green.
 */
export function judge(judged: Case): Verdict {
  const counted = judged.policy.rules.map((rule) => applyRule(rule, judged.signals, judged.now));
  const gates = applyGates(judged);
  const score = { min: total(counted, 'min'), max: total(counted, 'max') };
  const levels = { min: levelOf(score.min, judged.policy), max: levelOf(score.max, judged.policy) };
  const outcome = decide(levels, gates);
  const rules = counted.map(({ finding }) => finding);
  return {
    outcome,
    level: shownLevel(outcome, levels.max),
    score,
    reasons: shownReasons(outcome, levels, rules, gates),
    similarPackages: similarPackages(judged),
    heldUntil: outcome === 'HELD' ? gates.heldUntil : undefined,
    policyVersion: judged.policyVersion ?? policyVersion(judged.policy),
    findings: [...rules, ...gates.findings],
  };
}

type Levels = { readonly min: RiskLevel; readonly max: RiskLevel };

/** The level a score stands for. */
function levelOf(score: number, { levels }: Policy): RiskLevel {
  if (score >= levels.red) return 'Red';
  return score >= levels.yellow ? 'Yellow' : 'Green';
}

function decide(levels: Levels, { findings, allowed }: GateFindings): Verdict['outcome'] {
  if (findings.some(({ gate, state }) => gate === 'block' && state === 'fired')) return 'BLOCKED';
  if (allowed) return 'ALLOWED';
  if (levels.min === 'Red') return 'BLOCKED';
  if (levels.max !== 'Green' || findings.some(holds)) return 'HELD';
  return 'ALLOWED';
}

const holds = ({ gate, state }: Finding): boolean => gate === 'hold' && state !== 'quiet';

function shownLevel(outcome: Verdict['outcome'], worst: RiskLevel): RiskLevel {
  if (outcome === 'ALLOWED') return 'Green';
  if (outcome === 'BLOCKED') return 'Red';
  return worst === 'Green' ? 'Yellow' : worst;
}

/** What fired, and for a hold also the unknown signals that keep it from being decided. */
function shownReasons(
  outcome: Verdict['outcome'],
  levels: Levels,
  rules: readonly Finding[],
  gates: GateFindings,
): Verdict['reasons'] {
  const undecided = outcome === 'HELD' && levels.min !== levels.max;
  const shownGates = gates.findings.filter(
    (finding) => finding.state === 'fired' || (outcome === 'HELD' && holds(finding)),
  );
  const shownRules = rules.filter(({ state }) => state === 'fired' || (undecided && state === 'unknown'));
  return [...shownRules, ...shownGates].map(({ text, points, state }) =>
    state === 'fired' && points !== undefined ? { text, points } : { text },
  );
}

function similarPackages({ policy, signals }: Case): readonly ProjectName[] {
  const min = Math.min(...policy.rules.map((rule) => (rule.signal === 'similarNames' ? rule.confidence : Infinity)));
  return signals.similar.filter(({ confidence }) => confidence >= min).map(({ target }) => target);
}

const total = (counted: readonly Counted[], end: 'min' | 'max'): number =>
  counted.reduce((sum, one) => sum + one[end], 0);
