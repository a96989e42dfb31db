import { describe, expect, test } from 'vitest';
import type { Assessment, Verdict } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { HoldRequest } from '../../src/vetting/hold.ts';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';
import { openServedDecisions } from '../../src/workflow/served-decisions.ts';

const name = normaliseName('demo');
const verdict: Verdict = {
  outcome: 'ALLOWED',
  level: 'Green',
  score: { min: 0, max: 0 },
  reasons: [],
  similarPackages: [],
  policyVersion: 'ours-1',
  findings: [],
};
const assessed = (version: string, outcome: Verdict['outcome']): Assessment =>
  ({ name, version, verdict: { ...verdict, outcome }, signals: {} }) as unknown as Assessment;
const approval = (kind: Approval['kind'], specifier: string): Approval => ({
  id: 'a1',
  name,
  specifier,
  kind,
  reason: 'because',
  owner: 'kim',
  createdAt: '2026-01-01T00:00:00Z',
});

const never = new Promise<never>(() => {});

function open(
  approvals: () => Promise<readonly Approval[]>,
  claimed: ReleaseRecord | undefined = undefined,
  sleep: () => Promise<unknown> = () => never,
) {
  const failures: string[] = [];
  const calls: string[] = [];
  const holds: string[] = [];
  let time = 0;
  const wait = (milliseconds: number): void => {
    time += milliseconds;
  };
  const records = {
    approvalsOf: approvals,
    claimRelease: async () => {
      calls.push('claim');
      return claimed;
    },
    putEvidence: async () => void calls.push('evidence'),
    recordHold: async ({ version, requester }: HoldRequest) => void holds.push(`${version} for ${requester.by}`),
    advance: async (_: unknown, execution: string, from: string, change: { status?: string | undefined }) => {
      calls.push(`${execution}: ${from} to ${change.status}`);
      return true;
    },
  };
  const decisions = openServedDecisions({
    records: async () => records,
    now: () => time,
    execution: 'serve-1',
    requestedBy: 'kim',
    sleep,
    onFailure: (reason) => void failures.push(reason),
  });
  return { ...decisions, failures, calls, holds, wait };
}
const outcomesOf = (assessments: readonly Assessment[]) => assessments.map((one) => one.verdict.outcome);

describe('decisions', () => {
  test('approve and deny the releases that they name, and leave the others', async () => {
    const { decide } = open(async () => [approval('approve', '==1.0'), approval('deny', '==3.0')]);
    const before = [assessed('1.0', 'HELD'), assessed('2.0', 'HELD'), assessed('3.0', 'ALLOWED')];
    expect(outcomesOf(await decide(before))).toEqual(['ALLOWED', 'HELD', 'BLOCKED']);
  });

  test('that cannot be read put what would be allowed on hold, because a person may have denied it', async () => {
    const { decide, failures } = open(() => Promise.reject(new Error('table unreachable')));
    const after = await decide([assessed('1.0', 'ALLOWED'), assessed('2.0', 'BLOCKED')]);
    expect(outcomesOf(after)).toEqual(['HELD', 'BLOCKED']);
    expect(after[0]?.verdict.reasons).toEqual([{ text: 'Decisions of people unknown: the records could not be read' }]);
    expect(failures).toEqual(['table unreachable']);
  });
});

describe('a store that does not answer', () => {
  const reason = 'the records did not answer within 5 s';

  test('counts as unreadable, so that a request does not wait for it', async () => {
    const { decide, failures } = open(
      () => never,
      undefined,
      async () => {},
    );
    expect(outcomesOf(await decide([assessed('1.0', 'ALLOWED'), assessed('2.0', 'BLOCKED')]))).toEqual([
      'HELD',
      'BLOCKED',
    ]);
    expect(failures).toEqual([reason]);
  });

  test('does not keep a refusal from being recorded later', async () => {
    const failures: string[] = [];
    let isHanging = true;
    let claims = 0;
    const { record } = openServedDecisions({
      records: async () => ({
        approvalsOf: async () => [],
        claimRelease: () => {
          claims += 1;
          return isHanging ? never : Promise.resolve(undefined);
        },
        putEvidence: async () => {},
        recordHold: async () => {},
        advance: async () => true,
      }),
      now: () => 0,
      execution: 'serve-1',
      requestedBy: 'kim',
      sleep: () => (isHanging ? Promise.resolve() : never),
      onFailure: (failure) => void failures.push(failure),
    });
    await record(assessed('1.0', 'HELD'));
    isHanging = false;
    await record(assessed('1.0', 'HELD'));
    expect([claims, failures]).toEqual([2, [reason]]);
  });
});

describe('refusals', () => {
  const claimed = { name, version: '1.0', status: 'CHECK', execution: 'serve-1' } as unknown as ReleaseRecord;

  test('are recorded once an hour for the people who decide', async () => {
    const { record, calls, wait } = open(async () => [], claimed);
    await record(assessed('1.0', 'HELD'));
    await record(assessed('1.0', 'HELD'));
    expect(calls).toEqual(['claim', 'evidence', 'serve-1: CHECK to HELD']);
    wait(3_600_000);
    await record(assessed('1.0', 'HELD'));
    expect(calls.filter((call) => call === 'claim')).toHaveLength(2);
  });

  test('are in the queue, with the one who serves the firewall as the requester', async () => {
    const { record, holds } = open(async () => [], undefined);
    await record(assessed('1.0', 'BLOCKED'));
    await record(assessed('2.0', 'ALLOWED'));
    expect(holds).toEqual(['1.0 for kim']);
  });

  test('do not touch a release that the workflow works on or has vetted', async () => {
    const { record, calls } = open(async () => []);
    await record(assessed('1.0', 'BLOCKED'));
    expect(calls).toEqual(['claim']);
  });
});
