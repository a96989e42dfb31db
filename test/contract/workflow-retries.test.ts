import { afterAll, beforeAll, expect, test } from 'vitest';
import { staleRoots } from '../../src/vetting/freshness.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { openStage, type Stage } from '../workflow/stage.ts';
import { verdict } from '../workflow/support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('a young release makes way for an older one; its refusal says all that speaks against it', async () => {
  const uploaded = new Date(stage.now() - 86_400_000).toISOString();
  const held = verdict('HELD', {
    heldUntil: new Date(stage.now() + 2 * 86_400_000).toISOString(),
    similarPackages: [release('real==1').name],
  });
  const { ports } = stage.world({
    upstream: { recent: { '2.0': { uploaded }, '1.0': {} }, onlyyoung: { '1.0': { uploaded } } },
    verdicts: { 'young==2.0': held, 'onlyyoung==1.0': held },
  });
  const request = requestFor(1, 'young');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', fatal: false }],
  });
  expect(await stage.statusOf('young==2.0')).toBeUndefined();
  const other = requestFor(1, 'onlyyoung');
  await stage.run(ports, other);
  expect(await stage.read(other.requestId)).toMatchObject({
    status: 'HELD',
    refusals: [{ kind: 'HELD', heldUntil: held.heldUntil, similarPackages: ['real'], fatal: true }],
  });
});

test('a young release that the policy allows all the same comes in; one that cannot be judged does not', async () => {
  const uploaded = new Date(stage.now() - 86_400_000).toISOString();
  const { ports } = stage.world({
    upstream: { wanted: { '1.0': { uploaded } }, dark: { '1.0': { uploaded } } },
    verdicts: { 'dark==1.0': new Error('no signals') },
  });
  const [wanted, dark] = [requestFor(1, 'wanted'), requestFor(1, 'dark')];
  await stage.run(ports, wanted);
  expect(await stage.read(wanted.requestId)).toMatchObject({ status: 'SECURE' });
  await stage.run(ports, dark);
  const until = new Date(Date.parse(uploaded) + 3 * 86_400_000).toISOString();
  expect(await stage.read(dark.requestId)).toMatchObject({
    status: 'HELD',
    refusals: [{ heldUntil: until, fatal: true }],
  });
});

test('what was ERROR is tried again by the next attempt', async () => {
  let broken = true;
  const { ports } = stage.world({
    upstream: { flaky: { '1': {} } },
    before: (what) => {
      if (what === 'copy' && broken) throw new Error('not now');
    },
  });
  await stage.run(ports, requestFor(1, 'flaky'));
  broken = false;
  const request = requestFor(2, 'flaky');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'SECURE', attempt: 2 });
});

test('BLOCKED by an older version of the policy is judged again', async () => {
  const { ports, world: w } = stage.world({
    upstream: { changed: { '1': {} } },
    verdicts: { 'changed==1': verdict('BLOCKED') },
  });
  await stage.run(ports, requestFor(1, 'changed'));
  w.verdicts['changed==1'] = verdict('ALLOWED', { policyVersion: 'p2' });
  const same = requestFor(2, 'changed');
  await stage.run(ports, same);
  expect(await stage.read(same.requestId)).toMatchObject({ status: 'BLOCKED', attempt: 2 });
  await stage.run({ ...ports, policy: { ...ports.policy, version: 'p2' } }, requestFor(3, 'changed'));
  expect(await stage.read(same.requestId)).toMatchObject({ status: 'SECURE', attempt: 3 });
});

test('SECURE is ingested again when upstream lists files it lacks, and keeps its old files when that fails', async () => {
  const files: Record<string, string> = { 'grows-1-py3-none-any.whl': 'a'.repeat(64) };
  const { ports, world: w } = stage.world({ upstream: { grows: { '1': { files } } } });
  await stage.run(ports, requestFor(1, 'grows'));
  const copies = () => w.journal.filter((line) => line.startsWith('copy'));
  await stage.run(ports, requestFor(2, 'grows'));
  expect(copies()).toEqual(['copy grows==1 rev-1']);

  files['grows-1-cp314-cp314-win_amd64.whl'] = 'b'.repeat(64);
  await stage.run(ports, requestFor(3, 'grows'));
  expect(copies()).toEqual(['copy grows==1 rev-1', 'copy grows==1 rev-2']);
  expect((await stage.table.store.readRelease(release('grows==1'), { consistent: true }))?.sha256).toEqual(files);

  const kept = { ...files };
  files['grows-1.tar.gz'] = 'c'.repeat(64);
  w.verdicts['grows==1'] = verdict('BLOCKED');
  const request = requestFor(4, 'grows');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  const record = await stage.table.store.readRelease(release('grows==1'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE', sha256: kept, riskLevel: 'Green' });
  expect(record?.cause).toMatch(/files added later did not get in: BLOCKED/);
});

test('an upgrade notes that upstream was asked, for its roots and interpreter alone', async () => {
  const { ports } = stage.world({ upstream: { up: { '1': {} } } });
  const plain = requestFor(1, 'up');
  const ask = { ...plain, options: { ...plain.options, upgrade: true } };
  await stage.run(ports, plain);
  expect(await staleRoots(stage.table.store, ['up'], plain.environment, stage.now())).toEqual(['up']);
  await stage.run(ports, { ...ask, requestId: requestId(ask) });
  expect(await staleRoots(stage.table.store, ['up', 'up<2'], plain.environment, stage.now())).toEqual(['up<2']);
  expect(
    await staleRoots(stage.table.store, ['up'], { ...plain.environment, platform: 'win_amd64' }, stage.now()),
  ).toEqual(['up']);
  expect(await staleRoots(stage.table.store, ['up'], plain.environment, stage.now() + 3_600_001)).toEqual(['up']);
});
