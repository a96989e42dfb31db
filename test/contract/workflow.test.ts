import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestId } from '../../src/vetting/request-id.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { openStage, type Stage } from '../workflow/stage.ts';
import { verdict } from '../workflow/support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('a closure is judged, brought in, copied, and the request ends SECURE', async () => {
  const { ports, world: w } = stage.world({ upstream: { first: { '2': { needs: ['second'] } }, second: { '1': {} } } });
  const request = requestFor(1, 'first');
  expect(await stage.run(ports, request)).toBe('SUCCEEDED');
  expect(await stage.read(request.requestId)).toMatchObject({
    status: 'SECURE',
    step: 'done',
    attempt: 1,
    counts: { releases: 2, secure: 2 },
    refusals: [],
  });
  const record = await stage.table.store.readRelease(release('first==2'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE', revision: 'rev-1', policyVersion: 'p1', riskLevel: 'Green' });
  expect(record?.pending).toBeUndefined();
  expect(await stage.table.store.readEvidence(release('first==2'))).toMatchObject({ verdict: { outcome: 'ALLOWED' } });
  expect(w.noticed).toEqual([]);
});

test('a blocked root ends BLOCKED with its reasons, nothing of it is ingested, and people are told', async () => {
  const { ports, world: w } = stage.world({
    upstream: { bad: { '1': {} } },
    verdicts: { 'bad==1': verdict('BLOCKED', { similarPackages: [release('good==1').name] }) },
  });
  const request = requestFor(1, 'bad');
  expect(await stage.run(ports, request)).toBe('SUCCEEDED');
  const record = await stage.read(request.requestId);
  expect(record).toMatchObject({ status: 'BLOCKED' });
  expect(record?.refusals).toEqual([
    {
      name: 'bad',
      version: '1',
      kind: 'BLOCKED',
      riskLevel: 'Red',
      score: { min: 50, max: 50 },
      reasons: [{ text: 'Downloads < 300', points: 20 }],
      similarPackages: ['good'],
      fatal: true,
    },
  ]);
  expect(w.journal.filter((line) => line.startsWith('ingest') || line.startsWith('copy'))).toEqual([]);
  expect(w.noticed.map(({ status }) => status)).toEqual(['BLOCKED']);
});

test('a refused release makes way for an older one, and the request is SECURE with the refusal listed', async () => {
  const { ports } = stage.world({
    upstream: { slip: { '2.0': {}, '1.0': {} } },
    verdicts: { 'slip==2.0': verdict('HELD') },
  });
  const request = requestFor(1, 'slip');
  await stage.run(ports, request);
  const record = await stage.read(request.requestId);
  expect(record).toMatchObject({ status: 'SECURE', counts: { releases: 1, secure: 1 } });
  expect(record?.refusals).toMatchObject([{ version: '2.0', kind: 'HELD', fatal: false }]);
  expect(await stage.statusOf('slip==1.0')).toBe('SECURE');
});

test('a project that exists nowhere ends the request with NOT_FOUND', async () => {
  const { ports } = stage.world({});
  const request = requestFor(1, 'nowhere');
  await stage.run(ports, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'BLOCKED', refusals: [{ kind: 'NOT_FOUND' }] });
});

test('hundreds of releases pass in batches with a state that stays small', async () => {
  const leaves = Object.fromEntries(Array.from({ length: 220 }, (_, at) => [`leaf-${at}`, { '1': {} }]));
  const { ports } = stage.world({ upstream: { ...leaves, tree: { '1': { needs: Object.keys(leaves) } } } });
  const ask = { ...requestFor(1, 'tree'), constraints: Array.from({ length: 500 }, (_, at) => `leaf-${at}>=1,<2`) };
  const request = { ...ask, requestId: requestId(ask) };
  let largest = 0;
  const watch = (state: unknown) => {
    largest = Math.max(largest, JSON.stringify(state).length);
  };
  expect(await stage.run(ports, request, { watch })).toBe('SUCCEEDED');
  expect(await stage.read(request.requestId)).toMatchObject({
    status: 'SECURE',
    counts: { releases: 221, secure: 221 },
  });
  expect(largest).toBeGreaterThan(100);
  expect(largest).toBeLessThan(3_000);
});
