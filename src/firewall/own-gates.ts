import { readCondition } from './conditions/condition.ts';
import { conditionBase, unknownText } from './conditions/condition-finding.ts';
import type { ConditionSubject } from './conditions/signal-table.ts';
import { unknownGate } from './gate-findings.ts';
import type { OwnGate } from './policy.ts';
import type { Finding } from './types.ts';

/** Returns the findings of a policy's own gates. */
export function ownFindings(gates: readonly OwnGate[], subject: ConditionSubject): readonly Finding[] {
  return gates.map(({ name, when, does, text, unknown }) => {
    const result = readCondition(when).evaluate(subject);
    const base = conditionBase(name, when, subject);
    if ('value' in result) return { ...base, text, state: result.value ? 'fired' : 'quiet', gate: does };
    const finding = unknownGate(base, text, result.why, subject.signals, unknown);
    return { ...finding, text: unknownText(text, result), asks: text };
  });
}
