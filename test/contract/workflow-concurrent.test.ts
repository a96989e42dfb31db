import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestFor } from '../vetting/examples.ts';
import { openStage, type Stage } from '../workflow/stage.ts';
import { verdict } from '../workflow/support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('when another request fails at a release that this one waits for, this one tries it itself', async () => {
  let failures = 0;
  const { ports, world: w } = stage.world({
    upstream: { hard: { '1': {} }, 'hard-a': { '1': { needs: ['hard'] } }, 'hard-b': { '1': { needs: ['hard'] } } },
    before: async (what, id) => {
      if (what !== 'ingest' || id !== 'hard==1') return;
      await sleep(300);
      failures += 1;
      if (failures === 1) throw new Error('bad luck');
    },
  });
  const [a, b] = [requestFor(1, 'hard-a'), requestFor(1, 'hard-b')];
  const first = stage.run(ports, a);
  while (!w.journal.includes('ingest hard==1')) await sleep(5);
  await Promise.all([first, stage.run(ports, b)]);
  expect(await stage.read(b.requestId)).toMatchObject({ status: 'SECURE' });
  // The first one either ended before the second took over, or lived on it.
  expect((await stage.read(a.requestId))?.status).toMatch(/^(ERROR|SECURE)$/);
  expect(failures).toBe(2);
});

test('when another request blocks a release that this one waits for, this one takes an older one', async () => {
  const { ports, world: w } = stage.world({
    upstream: {
      grey: { '2.0': {}, '1.0': {} },
      'grey-a': { '1': { needs: ['grey==2.0'] } },
      'grey-b': { '1': { needs: ['grey'] } },
    },
    verdicts: { 'grey==2.0': verdict('BLOCKED') },
    before: (what, id) => (what === 'assess' && id === 'grey==2.0' ? sleep(300) : undefined),
  });
  const [a, b] = [requestFor(1, 'grey-a'), requestFor(1, 'grey-b')];
  const first = stage.run(ports, a);
  while (!w.journal.includes('assess grey==2.0')) await sleep(5);
  await Promise.all([first, stage.run(ports, b)]);
  expect(await stage.read(a.requestId)).toMatchObject({ status: 'BLOCKED' });
  expect(await stage.read(b.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', kind: 'BLOCKED' }],
  });
  expect(w.journal.filter((line) => line === 'assess grey==2.0')).toHaveLength(1);
});

test('two requests that share releases both end, and each release is judged and copied once', async () => {
  const shared = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`shared-${at}`, { '1': {} }]));
  const needs = Object.keys(shared);
  const { ports, world: w } = stage.world({
    upstream: { ...shared, left: { '1': { needs } }, right: { '1': { needs: needs.toReversed() } } },
    before: () => sleep(2),
  });
  const requests = [requestFor(1, 'left'), requestFor(1, 'right')];
  await Promise.all(requests.map((request) => stage.run(ports, request)));
  for (const { requestId } of requests) {
    expect(await stage.read(requestId)).toMatchObject({ status: 'SECURE', counts: { releases: 41, secure: 41 } });
  }
  const copies = w.journal.filter((line) => line.startsWith('copy'));
  expect(copies).toHaveLength(42);
  expect(new Set(copies).size).toBe(42);
  expect(w.journal.filter((line) => line.startsWith('assess'))).toHaveLength(42);
});

test('of many executions of one request only one works', async () => {
  const { ports, world: w } = stage.world({ upstream: { popular: { '1': {} } }, before: () => sleep(5) });
  const request = requestFor(1, 'popular');
  const event = { package: 'popular', userAgent: 'pip/26' };
  const names = Array.from({ length: 10 }, (_, at) => `event-${at}`);
  await Promise.all([stage.run(ports, request), ...names.map((name) => stage.run(ports, { ...event }, { name }))]);
  expect(w.journal.filter((line) => line === 'copy popular==1 rev-1')).toHaveLength(1);
  // The event's interpreter is another one: one more request, of which again one execution works.
  expect(w.journal.filter((line) => line.startsWith('resolve'))).toHaveLength(2);
});

test('an execution that is killed holds nothing for longer than its lease: a waiting request takes over', async () => {
  const killed = new AbortController();
  let stuck = true;
  const { ports, world: w } = stage.world({
    upstream: { common: { '1': {} }, one: { '1': { needs: ['common'] } }, two: { '1': { needs: ['common'] } } },
    before: async (what, id) => {
      if (what === 'ingest' && id === 'common==1' && stuck) {
        stuck = false;
        killed.abort();
        await new Promise(() => undefined);
      }
    },
  });
  const first = { ...ports, every: () => () => undefined };
  void stage.run(first, requestFor(1, 'one'), { abort: killed.signal }).catch(() => undefined);
  while (!killed.signal.aborted) await sleep(5);
  const second = stage.run(ports, requestFor(1, 'two'));
  while ((await stage.read(requestFor(1, 'two').requestId))?.step !== 'wait') await sleep(20);
  expect(w.journal.filter((line) => line === 'copy common==1 rev-1')).toEqual([]);
  expect(await stage.read(requestFor(1, 'two').requestId)).toMatchObject({ status: 'CHECK' });
  stage.pass(91_000);
  await second;
  expect(await stage.read(requestFor(1, 'two').requestId)).toMatchObject({ status: 'SECURE' });
  expect(await stage.statusOf('common==1')).toBe('SECURE');

  // And the killed request itself is taken up by its next attempt.
  const next = requestFor(2, 'one');
  await stage.run(ports, next);
  expect(await stage.read(next.requestId)).toMatchObject({ status: 'SECURE', attempt: 2 });
});

test('an execution that lost its request to a later attempt ends without another word', async () => {
  const { ports } = stage.world({
    upstream: { lost: { '1': {} } },
    before: async (what) => {
      if (what !== 'assess') return;
      const seen = await stage.read(requestFor(1, 'lost').requestId);
      await stage.table.store.claimRequest({ ...seen!, attempt: 2, execution: 'newer', step: 'resolve' }, seen);
    },
  });
  const request = requestFor(1, 'lost');
  expect(await stage.run(ports, request)).toBe('FAILED');
  expect(await stage.read(request.requestId)).toMatchObject({ execution: 'newer', status: 'CHECK', step: 'resolve' });
});
