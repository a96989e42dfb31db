import { expect, test } from 'vitest';
import { modeText } from '../../src/cli/review/mode-text.ts';
import { inMode, openModes } from '../../src/firewall/observe.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { readModeState, setMode } from '../../src/review/set-mode.ts';
import { stoppedVettings } from '../../src/review/stopped-vettings.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import { defaultNotes } from '../../src/vetting/policy-notes.ts';
import type { PolicySwitch } from '../../src/vetting/policy-switch.ts';
import { recordOf } from '../vetting/examples.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-27T12:00:00Z');

/** Records in memory, with what was written to them in its order. */
function openRecords(first?: PolicySwitch) {
  const written: (AuditEntry | PolicySwitch)[] = [];
  let set = first;
  return {
    written,
    policyNotes: async () => defaultNotes,
    policySwitch: async () => set,
    putPolicySwitch: async (next: PolicySwitch) => {
      written.push(next);
      set = next;
    },
    putAudit: async (entry: AuditEntry) => {
      written.push(entry);
    },
    actor: async () => ({ by: 'admin@laptop', from: 'laptop', identity: 'arn:aws:sts::1:assumed-role/admin' }),
  };
}

const ports = (records: ReturnType<typeof openRecords>) => ({ records, userName: 'admin@laptop', now, id: 'id-1' });

test('observe mode ends after 14 days unless another end is given, and its entry in the audit log is written first', async () => {
  const records = openRecords();
  const state = await setMode({ mode: 'observe', reason: 'pilot' }, ports(records));
  expect(state.set).toEqual({
    ...{ mode: 'observe', until: '2026-12-11T12:00:00.000Z', reason: 'pilot' },
    ...{ by: 'admin@laptop', at: '2026-11-27T12:00:00.000Z' },
  });
  expect(records.written).toMatchObject([{ kind: 'mode', before: null, after: { mode: 'observe' } }, state.set ?? {}]);
  expect((await setMode({ mode: 'observe', reason: 'pilot', days: '3' }, ports(records))).set?.until).toBe(
    '2026-11-30T12:00:00.000Z',
  );
});

test('enforcement has no end, and `file` returns to the policy file', async () => {
  const records = openRecords();
  expect((await setMode({ mode: 'enforce', reason: 'attack' }, ports(records))).set).not.toHaveProperty(
    'until',
    expect.anything(),
  );
  const state = await setMode({ mode: 'file', reason: 'over' }, ports(records));
  expect(state).toMatchObject({ set: undefined, changed: true });
  expect(modeText(state, now)).toMatch(/^the policy file decides\n/);
});

test.each([undefined, ' '])('without a reason (%j) nothing is written', async (reason) => {
  const records = openRecords();
  await expect(setMode({ mode: 'observe', reason }, ports(records))).rejects.toMatchObject({ code: 'reason-missing' });
  expect(records.written).toEqual([]);
});

test('a switch that has ended is not shown and has no effect', async () => {
  const ended = {
    mode: 'observe',
    until: '2026-11-26',
    reason: 'pilot',
    by: 'admin',
    at: '2026-11-01T00:00:00Z',
  } as const;
  expect((await readModeState(openRecords(ended), now)).set).toBeUndefined();
  expect(inMode(recommendedPolicy, ended, now)).toBe(recommendedPolicy);
});

test('a switch to enforcement overrules a policy that observes, and one to observe mode is about everything', () => {
  const partly = { ...recommendedPolicy, mode: 'observe' as const, observe: { gates: ['score'] } };
  expect(inMode(partly, { mode: 'enforce' }, now)).toEqual(recommendedPolicy);
  expect(inMode(partly, { mode: 'observe' }, now)).toMatchObject({ mode: 'observe', observe: { until: undefined } });
  expect(inMode(partly, { mode: 'file' }, now)).toBe(partly);
});

test('the policy in a mode is the same object until the policy or the mode changes', () => {
  const modes = openModes();
  const observed = modes(recommendedPolicy, { mode: 'observe', until: '2027-01-01' }, now);
  expect(modes(recommendedPolicy, { mode: 'observe', until: '2027-01-01' }, now + 1)).toBe(observed);
  expect(modes(recommendedPolicy, { mode: 'observe', until: '2027-01-02' }, now)).not.toBe(observed);
  expect(modes(recommendedPolicy, undefined, now)).toBe(recommendedPolicy);
});

test('a vetting counts as stopped if a release of its last round would be, unless a person approved it', async () => {
  const summary = (outcome: 'ALLOWED' | 'HELD') => ({ outcome, score: { min: 0, max: 0 }, reasons: [] });
  const change = (name: string, approved = false) => ({
    ...{ name: name as never, version: '1.0', approved },
    ...{ before: summary('ALLOWED'), after: summary('HELD') },
  });
  const releases: Record<string, { name: string; version: string; round: number; execution: string }[]> = {
    one: [{ name: 'risky', version: '1.0', round: 1, execution: 'one-1' }],
    two: [
      { name: 'risky', version: '1.0', round: 1, execution: 'two-1' },
      { name: 'other', version: '1.0', round: 2, execution: 'two-1' },
    ],
    three: [{ name: 'approved', version: '1.0', round: 1, execution: 'three-1' }],
  };
  const requests = Object.keys(releases).map((requestId) => recordOf({ requestId, execution: `${requestId}-1` }));
  const records = {
    listByStatus: async () => ({ requests, releases: [] }),
    requestReleases: async (requestId: string) => releases[requestId] as never,
  };
  expect(await stoppedVettings(records, [change('risky'), change('approved', true)])).toEqual({
    ...{ total: 3, stopped: 1, complete: true },
  });
  expect(await stoppedVettings(records, [])).toMatchObject({ total: 3, stopped: 0 });
});
