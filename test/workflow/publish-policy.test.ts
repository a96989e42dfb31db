import { describe, expect, test } from 'vitest';
import { type Policy, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import { defaultNotes, type PolicyNotes, type PolicyState } from '../../src/vetting/policy-notes.ts';
import { policyChanges } from '../../src/workflow/policy-changes.ts';
import { publishPolicy } from '../../src/workflow/publish-policy.ts';

function table() {
  const entries: AuditEntry[] = [];
  let notes: PolicyNotes = defaultNotes;
  let state: PolicyState | undefined;
  const publish = (policy: Policy) =>
    publishPolicy(policy, {
      store: {
        policyNotes: async () => notes,
        putPolicyNotes: async (next) => {
          notes = next;
        },
        policyState: async () => state,
        putPolicyState: async (next) => {
          state = next;
        },
        putAudit: async (entry) => void entries.push(entry),
      },
      actor: { by: 'policy file', from: 's3://bucket/policy.json' },
      now: () => 0,
    });
  return { publish, entries, notesNow: () => notes };
}

const strict: Policy = {
  ...recommendedPolicy,
  contact: '#python-security',
  approvals: { days: 30, selfApproval: false },
  gates: { ...recommendedPolicy.gates, cooldown: { ...recommendedPolicy.gates.cooldown, days: 7 } },
};

describe('the policy in force', () => {
  test('is an entry of the audit log whenever it is another one, with what changed', async () => {
    const { publish, entries } = table();
    for (const policy of [recommendedPolicy, recommendedPolicy, strict, strict]) await publish(policy);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({ kind: 'policy', before: null, changes: [] });
    expect(entries[1]).toMatchObject({
      actor: { by: 'policy file' },
      before: entries[0]?.after,
      changes: [
        'gates.cooldown.days: 3 → 7',
        'approvals.selfApproval: true → false',
        'approvals.days: none → 30',
        'contact: none → "#python-security"',
      ],
    });
  });

  test('tells clients the contact and the terms of approvals', async () => {
    const { publish, notesNow } = table();
    await publish(strict);
    expect(notesNow()).toEqual({
      indexes: [],
      contact: '#python-security',
      approvals: { days: 30, selfApproval: false },
    });
  });
});

test('entries of lists are added and removed; many changes are counted', () => {
  expect(policyChanges({ a: ['x', 'y'] }, { a: ['y', 'z'] })).toEqual(['a: - "x"', 'a: + "z"']);
  expect(policyChanges({ a: ['x', 'y'] }, { a: ['y', 'x'] })).toEqual(['a: the order changed']);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, 'v'.repeat(500)]));
  const changes = policyChanges({}, many);
  expect([changes.length, changes.at(-1), Math.max(...changes.map(({ length }) => length))]).toEqual([
    51,
    '… and 10 more',
    200,
  ]);
});
