import { expect, test } from 'vitest';
import { ageLimits } from '../../src/firewall/age-limits.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { Claim } from '../../src/workflow/claim.ts';
import type { WorkflowPorts } from '../../src/workflow/ports.ts';
import { recordedVerdicts } from '../../src/workflow/recorded-verdicts.ts';

const now = Date.parse('2026-11-23T00:00:00Z');
const name = normaliseName('example');

function refusalsUnder(policy: string) {
  let assessed = 0;
  const ports = {
    store: { projectRecords: async () => ({ releases: [], withheld: [] }), approvalsOf: async () => [] },
    policy: { version: 'p', withheldFiles: 'hide', ...ageLimits(loadPolicy(policy), () => now) },
    assess: async () => {
      assessed += 1;
      throw new Error('not assessed');
    },
    now: () => now,
  } as unknown as WorkflowPorts;
  const { refusalOf } = recordedVerdicts(ports, { startedAt: '2026-11-23T00:00:00Z' } as Claim);
  return { refusalOf, assessed: () => assessed };
}

test('releases after the newest time are passed over, also if there are many, and older ones may be chosen', async () => {
  const { refusalOf, assessed } = refusalsUnder('name: x\nnewest: 2026-11-01T00:00Z\ngates: { cooldown: { days: 3 } }');
  for (let day = 2; day <= 22; day += 1) {
    const release = { name, version: `2.${day}` };
    const refusal = await refusalOf(release, `2026-11-${String(day).padStart(2, '0')}T00:00:00Z`);
    expect(refusal).toMatchObject({
      kind: 'HELD',
      reasons: [{ text: 'Uploaded after 2026-11-01T00:00Z, the newest time that the policy allows' }],
    });
    expect(refusal?.heldUntil).toBeUndefined();
  }
  expect(assessed()).toBe(0);
  expect(await refusalOf({ name, version: '1.0' }, '2026-11-01T00:00:00Z')).toBeUndefined();
});

test('an exception from the cooldown is not passed over', async () => {
  const { refusalOf } = refusalsUnder(
    'name: x\ngates: { cooldown: { days: 7, except: [{ name: example, versions: ">=2", reason: ours }] } }',
  );
  expect(await refusalOf({ name, version: '2.0' }, '2026-11-22T00:00:00Z')).toBeUndefined();
  expect(await refusalOf({ name, version: '1.0' }, '2026-11-22T00:00:00Z')).toMatchObject({ kind: 'HELD' });
});
