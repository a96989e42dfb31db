import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { unavailable, verdict } from '../workflow/prepare-ports.ts';
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
  expect(await testBed.table.store.vettedFiles([release('first==2')])).toMatchObject([
    { revision: 'rev-1', sha256: { 'first-2-py3-none-any.whl': 'd'.repeat(64) } },
  ]);
  expect(await testBed.table.store.readEvidence(release('first==2'))).toMatchObject({
    verdict: { outcome: 'ALLOWED' },
  });
  expect([...(await testBed.table.store.vettedWith(release('first==2').name)).keys()]).toEqual(['first', 'second']);
  expect(scenario.notices).toEqual([]);
});

test('a blocked root ends BLOCKED with its reasons and a notice, and nothing is inspected or copied', async () => {
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
  expect(scenario.calls.filter((line) => line.startsWith('inspect') || line.startsWith('copy'))).toEqual([]);
  expect((await testBed.table.store.vettedWith(release('bad==1').name)).size).toBe(0);
  expect(scenario.notices.map(({ status }) => status)).toEqual(['BLOCKED']);
});

test('each release is copied as soon as its own import has finished, and is imported once', async () => {
  const looks = new Map([
    ['early==1', 1],
    ['late==1', 4],
  ]);
  const importing = new Set(looks.keys());
  const { ports, scenario } = testBed.prepare({
    upstream: { early: { '1': {} }, late: { '1': {} } },
    importing,
    before: (service, id) => {
      if (service !== 'imported') return;
      looks.set(id, (looks.get(id) ?? 0) - 1);
      if (looks.get(id) === 0) importing.delete(id);
    },
  });
  const request = requestFor(1, 'early', 'late');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE', counts: { secure: 2 } });
  const order = scenario.calls.filter((call) => /^(ingest|copy|imported late)/.test(call));
  expect(order.toSorted().filter((call) => call.startsWith('ingest'))).toEqual(['ingest early==1', 'ingest late==1']);
  expect(order.indexOf('copy early==1 rev-1')).toBeLessThan(order.lastIndexOf('imported late==1'));
  expect(order.at(-1)).toBe('copy late==1 rev-1');
});

test('an import that could not be requested ends an allowed release in ERROR, and a blocked one stays BLOCKED', async () => {
  const broken = unavailable('CodeArtifact answered 503');
  const { ports } = testBed.prepare({
    upstream: { wanted: { '1': {} }, unwanted: { '1': {} } },
    verdicts: { 'unwanted==1': verdict('BLOCKED') },
    before: (service) => {
      if (service === 'ingest') throw broken;
    },
  });
  const requests = [requestFor(1, 'wanted'), requestFor(1, 'unwanted')] as const;
  for (const request of requests) await testBed.run(ports, request);
  expect(await testBed.read(requests[0].requestId)).toMatchObject({
    status: 'ERROR',
    cause: expect.stringContaining('503'),
  });
  expect(await testBed.read(requests[1].requestId)).toMatchObject({ status: 'BLOCKED' });
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

const versions = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${count - at}.0`, {}]));
const refusedWith = (count: number, name: string, refused: ReturnType<typeof verdict>) =>
  Object.fromEntries(Object.keys(versions(count)).map((version) => [`${name}==${version}`, refused]));
const assessed = (calls: readonly string[]) => calls.filter((line) => line.startsWith('assess'));

test('a project that is blocked with all its releases ends BLOCKED after one assessment, however many it has', async () => {
  const listed = verdict('BLOCKED', { reasons: [{ text: 'Block list: x' }], scope: 'project' });
  const { ports, scenario } = testBed.prepare({
    upstream: { listed: versions(40) },
    verdicts: refusedWith(40, 'listed', listed),
  });
  const request = requestFor(1, 'listed');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  const record = await testBed.read(request.requestId);
  expect(record?.status).toBe('BLOCKED');
  expect(record?.refusals.filter(({ fatal }) => fatal)).toMatchObject([
    { name: 'listed', version: '40.0', reasons: [{ text: 'Block list: x' }] },
  ]);
  expect(assessed(scenario.calls)).toEqual(['assess listed==40.0']);
});

test('projects on hold below a root end HELD with the names of all of them', async () => {
  const hold = verdict('HELD', { scope: 'project' });
  const { ports } = testBed.prepare({
    upstream: { top: { '2': { needs: ['left', 'right'] } }, left: versions(30), right: versions(30) },
    verdicts: { ...refusedWith(30, 'left', hold), ...refusedWith(30, 'right', hold) },
  });
  const request = requestFor(1, 'top');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  const record = await testBed.read(request.requestId);
  expect(record?.status).toBe('HELD');
  expect(record?.refusals.filter(({ fatal }) => fatal).map(({ name }) => name)).toEqual(['left', 'right']);
});

test('an approved release of a project on hold is vetted', async () => {
  const name = release('trusted==1').name;
  const { ports } = testBed.prepare({
    upstream: { trusted: versions(15) },
    verdicts: refusedWith(15, 'trusted', verdict('HELD', { scope: 'project' })),
  });
  const approval = { id: 'a1', name, specifier: '==2.0', kind: 'approve', reason: 'read', owner: 'ann' } as const;
  await testBed.table.store.putApproval({ ...approval, createdAt: new Date(testBed.now()).toISOString() });
  const request = requestFor(1, 'trusted');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  expect(await testBed.statusOf('trusted==2.0')).toBe('SECURE');
});

test.each([
  ['file', 5],
  ['release', 10],
] as const)('reasons about a %s that repeat end the request on hold', async (scope, count) => {
  const name = `repeats-${scope}`;
  const { ports, scenario } = testBed.prepare({
    upstream: { [name]: versions(60) },
    verdicts: refusedWith(60, name, verdict('HELD', { scope })),
  });
  const request = requestFor(1, name);
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'HELD' });
  expect(assessed(scenario.calls)).toHaveLength(count);
});

test('malware in the newest releases leads to the newest release without, in few rounds', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: { infected: versions(12) },
    verdicts: Object.fromEntries(
      ['12.0', '11.0', '10.0', '9.0'].map((version) => [
        `infected==${version}`,
        verdict('BLOCKED', { scope: 'release' }),
      ]),
    ),
  });
  const request = requestFor(1, 'infected');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.statusOf('infected==8.0')).toBe('SECURE');
  expect(scenario.calls.filter((line) => line.startsWith('resolve'))).toHaveLength(2);
});

test('rounds that run out end with the refusals that are known', async () => {
  const { ports } = testBed.prepare({
    upstream: { endless: versions(1) },
    verdicts: { 'endless==1.0': verdict('HELD') },
  });
  const stubborn: typeof ports = {
    ...ports,
    resolve: async (query) => ports.resolve({ ...query, refusalOf: async () => undefined }),
  };
  const request = requestFor(1, 'endless');
  expect(await testBed.run(stubborn, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'HELD',
    refusals: [{ name: 'endless', version: '1.0', kind: 'HELD', fatal: true }],
  });
});

describe('a service that fails', () => {
  test('is called again for the same release, until it answers', async () => {
    let failures = 3;
    const { ports, scenario } = testBed.prepare({
      upstream: { slow: versions(12) },
      before: (service) => {
        if (service === 'ingest' && failures > 0) {
          failures -= 1;
          throw unavailable('CodeArtifact has not finished importing slow 12.0');
        }
      },
    });
    const request = requestFor(1, 'slow');
    expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
    expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE', refusals: [] });
    expect(scenario.calls.filter((line) => line.startsWith('ingest'))).toEqual(Array(4).fill('ingest slow==12.0'));
  });

  test.each([
    ['for good', new AwspipError('denied', 'CodeArtifact denied ReadFromRepository: 403', { exit: 'denied' }), 1],
    ['again and again', unavailable('ingest answered 503'), 5],
  ])('%s ends the request in ERROR, and no other release is tried', async (how, error, calls) => {
    const name = `fails-${how.replaceAll(' ', '-')}`;
    const { ports, scenario } = testBed.prepare({
      upstream: { [name]: versions(12) },
      before: (service) => {
        if (service === 'ingest') throw error;
      },
    });
    const request = requestFor(1, name);
    expect(await testBed.run(ports, request)).toBe('FAILED');
    expect(await testBed.read(request.requestId)).toMatchObject({
      status: 'ERROR',
      cause: `${name} 12.0: ${error.message}`,
    });
    expect(scenario.calls.filter((line) => line.startsWith('ingest'))).toEqual(
      Array(calls).fill(`ingest ${name}==12.0`),
    );
  });
});
