import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/firewall/types.ts';
import type { Approval } from '../../src/vetting/types.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { openStage, type Stage } from '../workflow/stage.ts';
import { verdict } from '../workflow/support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

let count = 0;
async function decide(text: string, change: Partial<Approval> = {}): Promise<Approval> {
  count += 1;
  const [name = '', version = ''] = text.split('==');
  const approval: Approval = {
    id: `a${count}`,
    name: release(`${name}==0`).name,
    specifier: version === '' ? '' : `==${version}`,
    kind: 'approve',
    reason: 'we read it',
    owner: 'lea@laptop',
    createdAt: new Date(stage.now()).toISOString(),
    ...change,
  };
  await stage.table.store.putApproval(approval);
  return approval;
}

const malware: Finding = {
  rule: 'malware',
  text: 'Known malware: MAL-2026-1',
  state: 'fired',
  gate: 'block',
  signal: 'malware',
  value: ['MAL-2026-1'],
  source: 'OSV',
  fetchedAt: '2026-01-01T00:00:00.000Z',
};

test('a release that was BLOCKED comes in once a person approved it, and the record says who and why', async () => {
  const { ports } = stage.world({
    upstream: { wanted: { '1': {} } },
    verdicts: { 'wanted==1': verdict('BLOCKED') },
  });
  const request = requestFor(1, 'wanted');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'BLOCKED' });
  const { id } = await decide('wanted==1');
  await stage.run(ports, requestFor(2, 'wanted'));
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  expect(await stage.table.store.readRelease(release('wanted==1'))).toMatchObject({
    status: 'SECURE',
    policyVersion: `p1+${id}`,
    score: { min: 50, max: 50 },
    reasons: [{ text: 'Approved by lea@laptop: we read it' }, { text: 'Downloads < 300', points: 20 }],
  });
  expect(await stage.table.store.readEvidence(release('wanted==1'))).toMatchObject({
    verdict: { outcome: 'BLOCKED' },
    approval: { id },
    judgedAt: expect.any(String),
  });
});

test('a hold, for youth too, passes; another version than the approved one does not', async () => {
  const uploaded = new Date(stage.now() - 86_400_000).toISOString();
  const held = verdict('HELD', { heldUntil: new Date(stage.now() + 2 * 86_400_000).toISOString() });
  const { ports } = stage.world({
    upstream: { recent: { '2.0': { uploaded } }, young2: { '2.1': { uploaded } } },
    verdicts: { 'young==2.0': held, 'young2==2.1': held },
  });
  await decide('young==2.0');
  await decide('young2==2.0');
  const [one, two] = [requestFor(1, 'young'), requestFor(1, 'young2')];
  await stage.run(ports, one);
  await stage.run(ports, two);
  expect(await stage.read(one.requestId)).toMatchObject({ status: 'SECURE' });
  expect(await stage.read(two.requestId)).toMatchObject({ status: 'HELD' });
});

test('malware comes in only where the approval says so in as many words', async () => {
  const bad = verdict('BLOCKED', { findings: [malware], reasons: [{ text: malware.text }] });
  const { ports } = stage.world({ upstream: { bad: { '1': {} } }, verdicts: { 'bad==1': bad } });
  await decide('bad==1');
  const request = requestFor(1, 'bad');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({
    status: 'BLOCKED',
    refusals: [{ reasons: [{ text: malware.text }, { text: expect.stringContaining('does not let malware in') }] }],
  });
  await decide('bad==1', { evenMalware: true, createdAt: new Date(stage.now() + 1).toISOString() });
  await stage.run(ports, requestFor(2, 'bad'));
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'SECURE' });
});

test('a denied release makes way for an older one, and one that only it could satisfy is refused with the reason', async () => {
  const { ports } = stage.world({ upstream: { liked: { '2.0': {}, '1.0': {} }, only: { '1': {} } } });
  await decide('liked==2.0', { kind: 'deny', reason: 'breaks our build' });
  await decide('only', { kind: 'deny', reason: 'use other' });
  const [liked, only] = [requestFor(1, 'liked'), requestFor(1, 'only')];
  await stage.run(ports, liked);
  expect(await stage.read(liked.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', reasons: [{ text: 'Denied by lea@laptop: breaks our build' }], fatal: false }],
  });
  expect(await stage.statusOf('liked==1.0')).toBe('SECURE');
  await stage.run(ports, only);
  expect(await stage.read(only.requestId)).toMatchObject({ status: 'BLOCKED', refusals: [{ name: 'only' }] });
});

test('an approval that lapsed lets nothing more in', async () => {
  const { ports } = stage.world({
    upstream: { once: { '1': {} } },
    verdicts: { 'once==1': verdict('BLOCKED') },
  });
  await decide('once', { expiresAt: new Date(stage.now() + 5_000).toISOString() });
  stage.pass(10_000);
  const request = requestFor(1, 'once');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'BLOCKED' });
});
