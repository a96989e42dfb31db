import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { staleRoots } from '../../src/vetting/freshness.ts';
import { metadataKey } from '../../src/vetting/keys.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { verdict } from '../workflow/prepare-ports.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

test('an older release replaces one within cooldown, whose refusal has all reasons', async () => {
  const uploaded = new Date(testBed.now() - 86_400_000).toISOString();
  const held = verdict('HELD', {
    heldUntil: new Date(testBed.now() + 2 * 86_400_000).toISOString(),
    similarPackages: [release('real==1').name],
  });
  const { ports } = testBed.prepare({
    upstream: { recent: { '2.0': { uploaded }, '1.0': {} }, 'only-recent': { '1.0': { uploaded } } },
    verdicts: { 'recent==2.0': held, 'only-recent==1.0': held },
  });
  const request = requestFor(1, 'recent');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', fatal: false }],
  });
  expect(await testBed.statusOf('recent==2.0')).toBeUndefined();
  const other = requestFor(1, 'only-recent');
  await testBed.run(ports, other);
  expect(await testBed.read(other.requestId)).toMatchObject({
    status: 'HELD',
    refusals: [{ kind: 'HELD', heldUntil: held.heldUntil, similarPackages: ['real'], fatal: true }],
  });
});

test('a release within cooldown is SECURE if the policy allows it, and on hold if the assessment fails', async () => {
  const uploaded = new Date(testBed.now() - 86_400_000).toISOString();
  const { ports } = testBed.prepare({
    upstream: { allowed: { '1.0': { uploaded } }, unknown: { '1.0': { uploaded } } },
    verdicts: { 'unknown==1.0': new Error('no signals') },
  });
  const [allowed, unknown] = [requestFor(1, 'allowed'), requestFor(1, 'unknown')];
  await testBed.run(ports, allowed);
  expect(await testBed.read(allowed.requestId)).toMatchObject({ status: 'SECURE' });
  await testBed.run(ports, unknown);
  const until = new Date(Date.parse(uploaded) + 3 * 86_400_000).toISOString();
  expect(await testBed.read(unknown.requestId)).toMatchObject({
    status: 'HELD',
    refusals: [{ heldUntil: until, fatal: true }],
  });
});

test('the next attempt retries an ERROR', async () => {
  let broken = true;
  const { ports } = testBed.prepare({
    upstream: { flaky: { '1': {} } },
    before: (service) => {
      if (service === 'copy' && broken) throw new Error('not now');
    },
  });
  await testBed.run(ports, requestFor(1, 'flaky'));
  broken = false;
  const request = requestFor(2, 'flaky');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE', attempt: 2 });
});

test('a release that an older policy version blocked is assessed again', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: { changed: { '1': {} } },
    verdicts: { 'changed==1': verdict('BLOCKED') },
  });
  await testBed.run(ports, requestFor(1, 'changed'));
  scenario.verdicts['changed==1'] = verdict('ALLOWED', { policyVersion: 'p2' });
  const same = requestFor(2, 'changed');
  await testBed.run(ports, same);
  expect(await testBed.read(same.requestId)).toMatchObject({ status: 'BLOCKED', attempt: 2 });
  await testBed.run({ ...ports, policy: { ...ports.policy, version: 'p2' } }, requestFor(3, 'changed'));
  expect(await testBed.read(same.requestId)).toMatchObject({ status: 'SECURE', attempt: 3 });
});

test('a SECURE release is ingested again for new upstream files, and keeps its files when that is blocked', async () => {
  const files: Record<string, string> = { 'grows-1-py3-none-any.whl': 'a'.repeat(64) };
  const { ports, scenario } = testBed.prepare({ upstream: { grows: { '1': { files } } } });
  await testBed.run(ports, requestFor(1, 'grows'));
  const copies = () => scenario.calls.filter((line) => line.startsWith('copy'));
  await testBed.run(ports, requestFor(2, 'grows'));
  expect(copies()).toEqual(['copy grows==1 rev-1']);

  files['grows-1-cp314-cp314-win_amd64.whl'] = 'b'.repeat(64);
  await testBed.run(ports, requestFor(3, 'grows'));
  expect(copies()).toEqual(['copy grows==1 rev-1', 'copy grows==1 rev-2']);
  expect((await testBed.table.store.vettedFiles([release('grows==1')]))[0]?.sha256).toEqual(files);

  const kept = { ...files };
  files['grows-1.tar.gz'] = 'c'.repeat(64);
  scenario.verdicts['grows==1'] = verdict('BLOCKED');
  const request = requestFor(4, 'grows');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  const record = await testBed.table.store.readRelease(release('grows==1'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE', riskLevel: 'Green' });
  expect(await testBed.table.store.vettedFiles([release('grows==1')])).toMatchObject([{ sha256: kept }]);
  expect(record?.cause).toMatch(/its files were not vetted again: BLOCKED/);
});

test('a release that was vetted before METADATA was recorded is completed when it is met', async () => {
  const files = { 'older-1-py3-none-any.whl': 'a'.repeat(64) };
  const { ports } = testBed.prepare({ upstream: { older: { '1': { files } } } });
  await testBed.run(ports, requestFor(1, 'older'));
  const metadata = async () => (await testBed.table.store.metadataOf([release('older==1')]))[0];
  const { pk, sk } = metadataKey(release('older==1'));
  const Key = { pk: { S: pk }, sk: { S: sk } };
  await testBed.table.client.send(new DeleteItemCommand({ TableName: 'awspip', Key }));
  expect(await metadata()).toBeUndefined();
  const request = requestFor(2, 'older');
  await testBed.run(ports, request);
  expect(await metadata()).toBeDefined();
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE' });
});

test('an upgrade records the check of upstream for its roots and environment only', async () => {
  const { ports } = testBed.prepare({ upstream: { up: { '1': {} } } });
  const plain = requestFor(1, 'up');
  const upgrade = { ...plain, options: { ...plain.options, upgrade: true } };
  await testBed.run(ports, plain);
  expect(await staleRoots(testBed.table.store, ['up'], plain.environment, testBed.now)).toEqual(['up']);
  await testBed.run(ports, { ...upgrade, requestId: requestId(upgrade) });
  expect(await staleRoots(testBed.table.store, ['up', 'up<2'], plain.environment, testBed.now)).toEqual(['up<2']);
  expect(
    await staleRoots(testBed.table.store, ['up'], { ...plain.environment, platform: 'win_amd64' }, testBed.now),
  ).toEqual(['up']);
  expect(await staleRoots(testBed.table.store, ['up'], plain.environment, () => testBed.now() + 3_600_001)).toEqual([
    'up',
  ]);
});

test('a request without upgrade records its roots as checked, except those that stayed at an older vetted release', async () => {
  const upstream: Record<string, Record<string, object>> = { old: { '1': {} }, new: { '1': {} } };
  const { ports } = testBed.prepare({ upstream });
  await testBed.run(ports, requestFor(1, 'old'));
  upstream.old = { '1': {}, '2': {} };
  const request = requestFor(1, 'old', 'new');
  await testBed.run(ports, request);
  const checks = { hours: 24, kinds: ['install'] } as const;
  const stale = () =>
    staleRoots(testBed.table.store, ['old', 'new', 'old<3'], request.environment, testBed.now, checks);
  expect(await stale()).toEqual(['old<3']); // `old` was checked by the first request
  const other = { ...requestFor(1, 'old<3', 'new') };
  await testBed.run(ports, other);
  expect(await stale()).toEqual(['old<3']);
});

test('a file with wrong bytes is no reason to wait: the request ends in ERROR after one try', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: { wrong: { '1': {} } },
    before: (service) => {
      if (service !== 'ingest') return;
      throw new AwspipError('digest-mismatch', 'the sha256 of wrong-1.whl differs', { exit: 'unavailable', hint: 'h' });
    },
  });
  const request = requestFor(1, 'wrong');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'ERROR',
    cause: expect.stringContaining('sha256'),
  });
  expect(scenario.calls.filter((call) => call.startsWith('ingest'))).toHaveLength(1);
});
