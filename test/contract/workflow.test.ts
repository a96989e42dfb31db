import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestId } from '../../src/vetting/request-id.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { verdict } from '../workflow/prepare-ports.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

test('the resolved set is assessed, ingested and copied, and the request ends SECURE', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: { first: { '2': { needs: ['second'] } }, second: { '1': {} } },
  });
  const request = requestFor(1, 'first');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'SECURE',
    step: 'done',
    attempt: 1,
    counts: { releases: 2, secure: 2 },
    refusals: [],
  });
  const record = await testBed.table.store.readRelease(release('first==2'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE', revision: 'rev-1', policyVersion: 'p1', riskLevel: 'Green' });
  expect(record?.pending).toBeUndefined();
  expect(await testBed.table.store.readEvidence(release('first==2'))).toMatchObject({
    verdict: { outcome: 'ALLOWED' },
  });
  expect(scenario.notices).toEqual([]);
});

test('a blocked root ends BLOCKED with its reasons and a notice, and nothing is ingested', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: { bad: { '1': {} } },
    verdicts: { 'bad==1': verdict('BLOCKED', { similarPackages: [release('good==1').name] }) },
  });
  const request = requestFor(1, 'bad');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  const record = await testBed.read(request.requestId);
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
  expect(scenario.calls.filter((line) => line.startsWith('ingest') || line.startsWith('copy'))).toEqual([]);
  expect(scenario.notices.map(({ status }) => status)).toEqual(['BLOCKED']);
});

test('an older release replaces one on hold, and the SECURE request lists the refusal', async () => {
  const { ports } = testBed.prepare({
    upstream: { fallback: { '2.0': {}, '1.0': {} } },
    verdicts: { 'fallback==2.0': verdict('HELD') },
  });
  const request = requestFor(1, 'fallback');
  await testBed.run(ports, request);
  const record = await testBed.read(request.requestId);
  expect(record).toMatchObject({ status: 'SECURE', counts: { releases: 1, secure: 1 } });
  expect(record?.refusals).toMatchObject([{ version: '2.0', kind: 'HELD', fatal: false }]);
  expect(await testBed.statusOf('fallback==1.0')).toBe('SECURE');
});

test('a project that does not exist ends the request with NOT_FOUND', async () => {
  const { ports } = testBed.prepare({});
  const request = requestFor(1, 'nowhere');
  await testBed.run(ports, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'BLOCKED', refusals: [{ kind: 'NOT_FOUND' }] });
});

test('hundreds of releases are vetted in batches, and the state stays small', async () => {
  const leaves = Object.fromEntries(Array.from({ length: 220 }, (_, at) => [`leaf-${at}`, { '1': {} }]));
  const { ports } = testBed.prepare({ upstream: { ...leaves, tree: { '1': { needs: Object.keys(leaves) } } } });
  const constraints = Array.from({ length: 500 }, (_, at) => `leaf-${at}>=1,<2`);
  const content = { ...requestFor(1, 'tree'), constraints };
  const request = { ...content, requestId: requestId(content) };
  let largest = 0;
  const watch = (state: unknown) => {
    largest = Math.max(largest, JSON.stringify(state).length);
  };
  expect(await testBed.run(ports, request, { watch })).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'SECURE',
    counts: { releases: 221, secure: 221 },
  });
  expect(largest).toBeGreaterThan(100);
  expect(largest).toBeLessThan(3_000);
});
