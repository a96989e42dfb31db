import type { ProjectName } from '../index/types.ts';
import { findingScope } from './finding-scope.ts';
import { applyGates, type GateFindings } from './gates.ts';
import { withoutIgnored } from './ignored-advisories.ts';
import { observedFor } from './observe.ts';
import { indexFinding, withoutPypi } from './other-index.ts';
import { type Policy, policyVersion } from './policy.ts';
import { applyRule, type RuleResult } from './rules.ts';
import type { Finding, FindingScope, RiskLevel, Signals, Verdict } from './types.ts';

/** Everything that a verdict depends on. */
export type JudgeInput = {
  readonly name: ProjectName;
  readonly version: string | null;
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The result of `policyVersion(policy)`; computed if absent. */
  readonly policyVersion?: string | undefined;
};

/**
 * Returns the verdict of a policy on signals. Unknown signals make the score an interval. The level is Green if and only
 * if the outcome is ALLOWED, and Red if it is BLOCKED. A HELD release has the level of its maximum score, but at least
 * Yellow. What the policy observes doesn't count, and `observed` says what would be the outcome if it did.
 */
export function judge(input: JudgeInput): Verdict {
  const { index } = input.signals;
  const policy = index === undefined ? input.policy : withoutPypi(input.policy);
  const judged = withoutIgnored({ ...input, policy });
  const applied = judged.policy.rules.map((rule) => scopedResult(applyRule(rule, judged)));
  const results = withHistoryIfNeeded(applied, policy);
  const found = applyGates(judged);
  const all = { policy, results, gates: { ...found, findings: found.findings.map(withScope) } };
  const rules = results.map(({ finding }) => finding);
  const strict = conclude(all);
  const lenient = concludeObserved(all, input);
  return {
    ...(lenient ?? strict),
    score: scoreOf(results),
    similarPackages: similarPackages(input),
    policyVersion: input.policyVersion ?? policyVersion(input.policy),
    findings: [...(index === undefined ? [] : [indexFinding(index)]), ...rules, ...all.gates.findings],
    ...(lenient !== undefined && lenient.outcome !== strict.outcome && { observed: observedVerdict(strict) }),
  };
}

type Conclusion = Pick<Verdict, 'outcome' | 'level' | 'reasons' | 'heldUntil' | 'scope'>;

type Results = { readonly policy: Policy; readonly results: readonly RuleResult[]; readonly gates: GateFindings };

/** Returns the outcome and its reasons. */
function conclude({ policy, results, gates }: Results): Conclusion {
  const levels = levelsOf(scoreOf(results), policy);
  const outcome = decide(levels, gates);
  const rules = results.map(({ finding }) => finding);
  return {
    outcome,
    level: verdictLevel(outcome, levels.max),
    reasons: verdictReasons(outcome, levels, rules, gates),
    heldUntil: outcome === 'HELD' ? gates.heldUntil : undefined,
    scope: outcome === 'ALLOWED' ? undefined : widestScope(outcome, results, gates, policy),
  };
}

/** Concludes without what the policy observes; undefined if it enforces everything. */
function concludeObserved({ policy, results, gates }: Results, { name, now }: JudgeInput): Conclusion | undefined {
  const observed = observedFor(policy, name, now);
  if (observed === undefined) return undefined;
  const findings = gates.findings.filter((finding) => !observed.finding(finding));
  const heldUntil = findings.some(({ rule }) => rule === 'cooldown') ? gates.heldUntil : undefined;
  return conclude({ policy, results: observed.score ? [] : results, gates: { ...gates, findings, heldUntil } });
}

function observedVerdict({ outcome, reasons, heldUntil }: Conclusion): Verdict['observed'] {
  return outcome === 'ALLOWED' ? undefined : { outcome, reasons, heldUntil };
}

const scoreOf = (results: readonly RuleResult[]): Verdict['score'] => ({
  min: total(results, 'min'),
  max: total(results, 'max'),
});

const scopedResult = (result: RuleResult): RuleResult => ({ ...result, finding: withScope(result.finding) });

/**
 * A long history lowers the score only where it may decide: of a project that is not Green by the built-in rules. It never
 * weighs against a condition of the team.
 */
function withHistoryIfNeeded(results: readonly RuleResult[], policy: Policy): readonly RuleResult[] {
  const isHistory = ({ finding }: RuleResult): boolean => finding.rule === 'established';
  const others = results.filter((result) => !isHistory(result) && result.finding.rule !== 'condition');
  if (levelOf(total(others, 'max'), policy) !== 'Green') return results;
  return results.map(
    (result): RuleResult =>
      isHistory(result) ? { finding: { ...result.finding, state: 'quiet' }, min: 0, max: 0 } : result,
  );
}

type Levels = { readonly min: RiskLevel; readonly max: RiskLevel };

function levelOf(score: number, { levels }: Policy): RiskLevel {
  if (score >= levels.red) return 'Red';
  return score >= levels.yellow ? 'Yellow' : 'Green';
}

const levelsOf = ({ min, max }: Verdict['score'], policy: Policy): Levels => ({
  min: levelOf(min, policy),
  max: levelOf(max, policy),
});

function decide(levels: Levels, { findings, allowed }: GateFindings): Verdict['outcome'] {
  if (findings.some(({ gate, state }) => gate === 'block' && state === 'fired')) return 'BLOCKED';
  if (allowed) return 'ALLOWED';
  if (levels.min === 'Red') return 'BLOCKED';
  if (levels.max !== 'Green' || findings.some(holds)) return 'HELD';
  return 'ALLOWED';
}

const withScope = (finding: Finding): Finding => ({
  ...finding,
  scope: finding.scope ?? findingScope(finding),
});

/**
 * Returns the widest scope whose findings, with the wider ones, suffice for an outcome. For another release, a rule of a
 * narrower scope may add nothing or lower the score.
 */
function widestScope(
  outcome: Verdict['outcome'],
  results: readonly RuleResult[],
  gates: GateFindings,
  policy: Policy,
): FindingScope {
  const suffices = (...scopes: readonly FindingScope[]): boolean => {
    const included = results.map((result) => {
      const { scope = 'project', points = 0 } = result.finding;
      const least = Math.min(0, points);
      return scopes.includes(scope) ? result : { ...result, min: least, max: least };
    });
    const levels = levelsOf({ min: total(included, 'min'), max: total(included, 'max') }, policy);
    const findings = gates.findings.filter(({ scope = 'file' }) => scopes.includes(scope));
    return decide(levels, { ...gates, findings }) === outcome;
  };
  if (suffices('project')) return 'project';
  return suffices('project', 'release') ? 'release' : 'file';
}

const holds = ({ gate, state }: Finding): boolean => gate === 'hold' && state !== 'quiet';

function verdictLevel(outcome: Verdict['outcome'], worst: RiskLevel): RiskLevel {
  if (outcome === 'ALLOWED') return 'Green';
  if (outcome === 'BLOCKED') return 'Red';
  return worst === 'Green' ? 'Yellow' : worst;
}

/** Returns what fired, and for a release on hold also the unknown signals that leave its level open. */
function verdictReasons(
  outcome: Verdict['outcome'],
  levels: Levels,
  rules: readonly Finding[],
  gates: GateFindings,
): Verdict['reasons'] {
  const isLevelUnknown = outcome === 'HELD' && levels.min !== levels.max;
  const gateReasons = gates.findings.filter(
    (finding) => finding.state === 'fired' || (outcome === 'HELD' && holds(finding)),
  );
  const ruleReasons = rules.filter(({ state }) => state === 'fired' || (isLevelUnknown && state === 'unknown'));
  return [...ruleReasons, ...gateReasons].map(({ text, points, state }) =>
    state === 'fired' && points !== undefined ? { text, points } : { text },
  );
}

function similarPackages({ policy, signals }: JudgeInput): readonly ProjectName[] {
  const min = Math.min(...policy.rules.map((rule) => (rule.signal === 'similarNames' ? rule.confidence : Infinity)));
  return signals.similar.filter(({ confidence }) => confidence >= min).map(({ target }) => target);
}

/** Returns a bound of the score, which is at least 0. */
const total = (results: readonly RuleResult[], bound: 'min' | 'max'): number =>
  Math.max(
    0,
    results.reduce((sum, result) => sum + result[bound], 0),
  );
