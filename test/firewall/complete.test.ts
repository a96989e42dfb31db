import { describe, expect, test } from 'vitest';
import { conditionSignals } from '../../src/firewall/conditions/signal-table.ts';
import { judge } from '../../src/firewall/judge.ts';
import { factNames } from '../../src/firewall/package-check.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { allUnknown, inputWith } from './facts.ts';

const { own: _, cooldown, ...switched } = recommendedPolicy.gates;

describe('every gate that a policy can enable', () => {
  test.each(Object.keys(switched) as (keyof typeof switched)[])('%s has a finding', (gate) => {
    const gates = { ...recommendedPolicy.gates, [gate]: { ...switched[gate], enabled: true } };
    const verdict = judge(inputWith(allUnknown, { gates }));
    expect(verdict.findings.map(({ rule }) => rule)).toContain(gate);
  });

  test('cooldown has a finding', () => {
    const gates = { ...recommendedPolicy.gates, cooldown: { ...cooldown, days: 7 } };
    expect(judge(inputWith(allUnknown, { gates })).findings.map(({ rule }) => rule)).toContain('cooldown');
  });
});

test('every signal of a gate has a name in conditions, except what only the cooldown reads', () => {
  const named = new Set<string>(Object.values(conditionSignals).map(({ signal }) => signal));
  expect(factNames.filter((fact) => !named.has(fact))).toEqual(['fixes']);
});
