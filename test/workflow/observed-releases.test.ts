import { expect, test } from 'vitest';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';
import { observedReleases } from '../../src/workflow/conclude.ts';
import { release } from '../vetting/examples.ts';

const observed = { outcome: 'HELD', reasons: ['Released less than 3 days ago'] } as const;
const chosen = (text: string, change: Partial<ReleaseRecord>) => ({
  release: release(text) as never,
  record: { ...release(text), status: 'SECURE', ...change } as ReleaseRecord,
});
const approval = (text: string, kind: Approval['kind']): Approval => ({
  ...{ id: 'd1', name: release(text).name, specifier: '', kind, reason: 'read it', owner: 'lea' },
  createdAt: '2026-01-01T00:00:00Z',
});

test('a request names the releases that only observe mode allowed, and not those that a person approved since', async () => {
  const decisions = [approval('approved==1', 'approve'), approval('denied==1', 'deny')];
  const asked: string[] = [];
  const approvalsOf = async (name: string) => {
    asked.push(name);
    return decisions.filter((decision) => decision.name === name);
  };
  const ports = { store: { approvalsOf } as never, now: () => Date.parse('2026-01-02T00:00:00Z') };
  const found = await observedReleases(ports, [
    chosen('open==1', { observed }),
    chosen('approved==1', { observed }),
    chosen('denied==1', { observed }),
    chosen('enforced==1', {}),
  ]);
  expect(found).toMatchObject({ count: 2, first: [{ name: 'open', ...observed }, { name: 'denied' }] });
  expect(asked).not.toContain('enforced');
});
