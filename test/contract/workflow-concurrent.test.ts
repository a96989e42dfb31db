import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestFor } from '../vetting/examples.ts';
import { verdict } from '../workflow/prepare-ports.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

test('when another request fails at a release that this one waits for, this one vets it', async () => {
  let failures = 0;
  const { ports, scenario } = testBed.prepare({
    upstream: { hard: { '1': {} }, 'hard-a': { '1': { needs: ['hard'] } }, 'hard-b': { '1': { needs: ['hard'] } } },
    before: async (service, id) => {
      if (service !== 'ingest' || id !== 'hard==1') return;
      await sleep(300);
      failures += 1;
      if (failures === 1) throw new Error('bad luck');
    },
  });
  const [a, b] = [requestFor(1, 'hard-a'), requestFor(1, 'hard-b')];
  const first = testBed.run(ports, a);
  while (!scenario.calls.includes('ingest hard==1')) await sleep(5);
  await Promise.all([first, testBed.run(ports, b)]);
  expect(await testBed.read(b.requestId)).toMatchObject({ status: 'SECURE' });
  // The first request either failed before the second one claimed the release, or used its success.
  expect((await testBed.read(a.requestId))?.status).toMatch(/^(ERROR|SECURE)$/);
  expect(failures).toBe(2);
});

test('when another request blocks a release that this one waits for, this one chooses an older release', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: {
      grey: { '2.0': {}, '1.0': {} },
      'grey-a': { '1': { needs: ['grey==2.0'] } },
      'grey-b': { '1': { needs: ['grey'] } },
    },
    verdicts: { 'grey==2.0': verdict('BLOCKED') },
    before: (service, id) => (service === 'assess' && id === 'grey==2.0' ? sleep(300) : undefined),
  });
  const [a, b] = [requestFor(1, 'grey-a'), requestFor(1, 'grey-b')];
  const first = testBed.run(ports, a);
  while (!scenario.calls.includes('assess grey==2.0')) await sleep(5);
  await Promise.all([first, testBed.run(ports, b)]);
  expect(await testBed.read(a.requestId)).toMatchObject({ status: 'BLOCKED' });
  expect(await testBed.read(b.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', kind: 'BLOCKED' }],
  });
  expect(scenario.calls.filter((line) => line === 'assess grey==2.0')).toHaveLength(1);
});

test('two requests that share releases both end, and each release is assessed and copied once', async () => {
  const shared = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`shared-${at}`, { '1': {} }]));
  const needs = Object.keys(shared);
  const { ports, scenario } = testBed.prepare({
    upstream: { ...shared, left: { '1': { needs } }, right: { '1': { needs: needs.toReversed() } } },
    before: () => sleep(2),
  });
  const requests = [requestFor(1, 'left'), requestFor(1, 'right')];
  await Promise.all(requests.map((request) => testBed.run(ports, request)));
  for (const { requestId } of requests) {
    expect(await testBed.read(requestId)).toMatchObject({ status: 'SECURE', counts: { releases: 41, secure: 41 } });
  }
  const copies = scenario.calls.filter((line) => line.startsWith('copy'));
  expect(copies).toHaveLength(42);
  expect(new Set(copies).size).toBe(42);
  expect(scenario.calls.filter((line) => line.startsWith('assess'))).toHaveLength(42);
});

test('only one of many executions of a request does the work', async () => {
  const { ports, scenario } = testBed.prepare({ upstream: { popular: { '1': {} } }, before: () => sleep(5) });
  const request = requestFor(1, 'popular');
  const event = { package: 'popular', userAgent: 'pip/26' };
  const names = Array.from({ length: 10 }, (_, at) => `event-${at}`);
  await Promise.all([testBed.run(ports, request), ...names.map((name) => testBed.run(ports, { ...event }, { name }))]);
  expect(scenario.calls.filter((line) => line === 'copy popular==1 rev-1')).toHaveLength(1);
  // The event's environment differs, so it is a second request with one working execution.
  expect(scenario.calls.filter((line) => line.startsWith('resolve'))).toHaveLength(2);
});

test('the claims of a killed execution expire with its lease, and a waiting request vets the release', async () => {
  const killed = new AbortController();
  let stuck = true;
  const { ports, scenario } = testBed.prepare({
    upstream: { common: { '1': {} }, one: { '1': { needs: ['common'] } }, two: { '1': { needs: ['common'] } } },
    before: async (service, id) => {
      if (service === 'ingest' && id === 'common==1' && stuck) {
        stuck = false;
        killed.abort();
        await new Promise(() => undefined);
      }
    },
  });
  const first = { ...ports, every: () => () => undefined };
  void testBed.run(first, requestFor(1, 'one'), { abort: killed.signal }).catch(() => undefined);
  while (!killed.signal.aborted) await sleep(5);
  const second = testBed.run(ports, requestFor(1, 'two'));
  while ((await testBed.read(requestFor(1, 'two').requestId))?.step !== 'wait') await sleep(20);
  expect(scenario.calls.filter((line) => line === 'copy common==1 rev-1')).toEqual([]);
  expect(await testBed.read(requestFor(1, 'two').requestId)).toMatchObject({ status: 'CHECK' });
  testBed.pass(91_000);
  await second;
  expect(await testBed.read(requestFor(1, 'two').requestId)).toMatchObject({ status: 'SECURE' });
  expect(await testBed.statusOf('common==1')).toBe('SECURE');

  // The next attempt of the killed request succeeds as well.
  const next = requestFor(2, 'one');
  await testBed.run(ports, next);
  expect(await testBed.read(next.requestId)).toMatchObject({ status: 'SECURE', attempt: 2 });
});

test('an execution whose request belongs to a later attempt ends without a change to the record', async () => {
  const { ports } = testBed.prepare({
    upstream: { lost: { '1': {} } },
    before: async (service) => {
      if (service !== 'assess') return;
      // The task renews the lease meanwhile.
      for (let isTaken = false; !isTaken; ) {
        const record = await testBed.read(requestFor(1, 'lost').requestId);
        const newer = { ...record!, attempt: 2, execution: 'newer', step: 'resolve' } as const;
        isTaken = await testBed.table.store.claimRequest(newer, record);
      }
    },
  });
  const request = requestFor(1, 'lost');
  expect(await testBed.run(ports, request)).toBe('FAILED');
  expect(await testBed.read(request.requestId)).toMatchObject({ execution: 'newer', status: 'CHECK', step: 'resolve' });
});
