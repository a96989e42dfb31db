import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/firewall/types.ts';
import type { Approval } from '../../src/vetting/types.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { verdict } from '../workflow/prepare-ports.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

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
    createdAt: new Date(testBed.now()).toISOString(),
    ...change,
  };
  await testBed.table.store.putApproval(approval);
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

test('the queue has each release that stops a request, once: for its age, its verdict, and as a dependency', async () => {
  const { ports } = testBed.prepare({
    upstream: {
      fresh: { '1': { uploaded: new Date(testBed.now() - 3_600_000).toISOString() } },
      app: { '1': { needs: ['obscure'] } },
      obscure: { '1': {} },
    },
    verdicts: {
      'fresh==1': verdict('HELD', { heldUntil: new Date(testBed.now() + 86_400_000).toISOString() }),
      'obscure==1': verdict('HELD'),
    },
  });
  for (const requestedBy of ['kim@a', 'tom@b']) {
    for (const root of ['fresh', 'app']) {
      const request = requestFor(requestedBy === 'kim@a' ? 1 : 2, root);
      await testBed.run(ports, { ...request, requestedBy, reason: `${root} for ${requestedBy}` });
    }
  }
  // Somebody who joined the second execution of `app`, and so started none.
  const join = { joins: requestFor(2, 'app').requestId, requestedBy: 'lea@c', reason: 'app for lea@c' };
  await testBed.run(ports, join, { name: 'joined' });
  const { holds } = await testBed.table.store.holds();
  const shown = holds.map(({ name, kind, requesters }) => [
    name,
    kind,
    requesters.map(({ by, reason }) => `${by}: ${reason}`),
  ]);
  expect(shown).toEqual([
    ['fresh', 'HELD', ['kim@a: fresh for kim@a', 'tom@b: fresh for tom@b']],
    ['obscure', 'HELD', ['kim@a: app for kim@a', 'tom@b: app for tom@b', 'lea@c: app for lea@c']],
  ]);
  expect(holds[0]?.heldUntil).toMatch(/^2026-/);
});

test('a BLOCKED release becomes SECURE after an approval, and the record has the owner and the reason', async () => {
  const { ports } = testBed.prepare({
    upstream: { wanted: { '1': {} } },
    verdicts: { 'wanted==1': verdict('BLOCKED') },
  });
  const request = requestFor(1, 'wanted');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'BLOCKED' });
  const { id } = await decide('wanted==1');
  await testBed.run(ports, requestFor(2, 'wanted'));
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  expect(await testBed.table.store.readRelease(release('wanted==1'))).toMatchObject({
    status: 'SECURE',
    policyVersion: `p1+${id}`,
    score: { min: 50, max: 50 },
    reasons: [{ text: 'Approved by lea@laptop: we read it' }, { text: 'Downloads < 300', points: 20 }],
  });
  expect(await testBed.table.store.readEvidence(release('wanted==1'))).toMatchObject({
    verdict: { outcome: 'BLOCKED' },
    approval: { id },
    judgedAt: expect.any(String),
  });
});

test('an approval overrides a hold for cooldown, but only for the approved version', async () => {
  const uploaded = new Date(testBed.now() - 86_400_000).toISOString();
  const held = verdict('HELD', { heldUntil: new Date(testBed.now() + 2 * 86_400_000).toISOString() });
  const { ports } = testBed.prepare({
    upstream: { recent: { '2.0': { uploaded } }, other: { '2.1': { uploaded } } },
    verdicts: { 'recent==2.0': held, 'other==2.1': held },
  });
  await decide('recent==2.0');
  await decide('other==2.0');
  const [recent, other] = [requestFor(1, 'recent'), requestFor(1, 'other')];
  await testBed.run(ports, recent);
  await testBed.run(ports, other);
  expect(await testBed.read(recent.requestId)).toMatchObject({ status: 'SECURE' });
  expect(await testBed.read(other.requestId)).toMatchObject({ status: 'HELD' });
});

test('malware becomes SECURE only if the approval explicitly includes it', async () => {
  const bad = verdict('BLOCKED', { findings: [malware], reasons: [{ text: malware.text }] });
  const { ports } = testBed.prepare({ upstream: { bad: { '1': {} } }, verdicts: { 'bad==1': bad } });
  await decide('bad==1');
  const request = requestFor(1, 'bad');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'BLOCKED',
    refusals: [
      { reasons: [{ text: malware.text }, { text: expect.stringContaining('does not cover known malware') }] },
    ],
  });
  await decide('bad==1', { evenMalware: true, createdAt: new Date(testBed.now() + 1).toISOString() });
  await testBed.run(ports, requestFor(2, 'bad'));
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE' });
});

test('an older release replaces a denied one; without another release the request is BLOCKED with the reason', async () => {
  const { ports } = testBed.prepare({ upstream: { liked: { '2.0': {}, '1.0': {} }, only: { '1': {} } } });
  await decide('liked==2.0', { kind: 'deny', reason: 'breaks our build' });
  await decide('only', { kind: 'deny', reason: 'use other' });
  const [liked, only] = [requestFor(1, 'liked'), requestFor(1, 'only')];
  await testBed.run(ports, liked);
  expect(await testBed.read(liked.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', reasons: [{ text: 'Denied by lea@laptop: breaks our build' }], fatal: false }],
  });
  expect(await testBed.statusOf('liked==1.0')).toBe('SECURE');
  await testBed.run(ports, only);
  expect(await testBed.read(only.requestId)).toMatchObject({ status: 'BLOCKED', refusals: [{ name: 'only' }] });
});

test('an expired approval has no effect', async () => {
  const { ports } = testBed.prepare({
    upstream: { once: { '1': {} } },
    verdicts: { 'once==1': verdict('BLOCKED') },
  });
  await decide('once', { expiresAt: new Date(testBed.now() + 5_000).toISOString() });
  testBed.pass(10_000);
  const request = requestFor(1, 'once');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'BLOCKED' });
});
