import { expect, test } from 'vitest';
import { judge } from '../../src/firewall/judge.ts';
import { packageCheck } from '../../src/firewall/package-check.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { Approval } from '../../src/vetting/types.ts';
import { amendVerdict } from '../../src/workflow/approvals.ts';
import { facts, judgedAt } from '../messages/facts.ts';

const name = normaliseName('demo');
const now = Date.parse('2026-11-23T00:00:00Z');
const request = { name: 'demo', version: '2.0', explain: false };
const { signals: harmless } = facts({}, 'ALLOWED');
const malware = { known: true, value: ['MAL-2026-1'], source: 'OSV', fetchedAt: judgedAt } as const;
const decision = (kind: Approval['kind']): Approval => ({
  ...{ id: 'one', name, specifier: '', kind, evenMalware: true, reason: 'read', owner: 'lea', createdAt: judgedAt },
});

function answerFor(signals: typeof harmless, approval: Approval | undefined) {
  const verdict = judge({ name, version: '2.0', signals, policy: recommendedPolicy, now });
  return packageCheck({ name, version: '2.0', signals, verdict: amendVerdict(verdict, approval) }, request);
}

test.each([
  ['the policy allows it', harmless, undefined, 'OK', true, 'Low risk package'],
  ['the policy blocks it', { ...harmless, malware }, undefined, 'Warning', false, 'High risk package'],
  ['a person allows it', { ...harmless, malware }, decision('approve'), 'OK', true, 'Allowed by a person'],
  ['a person denies it', harmless, decision('deny'), 'Warning', false, 'High risk package'],
] as const)(
  'the level is Green exactly if the release is allowed: %s',
  (_, signals, approval, status, green, message) => {
    const answer = answerFor(signals as typeof harmless, approval);
    expect([answer.status, answer.risk_level === 'Green', answer.message]).toEqual([status, green, message]);
  },
);
