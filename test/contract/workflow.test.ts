import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { staleRoots } from '../../src/vetting/freshness.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import type { RequestRecord } from '../../src/vetting/types.ts';
import type { WorkflowPorts } from '../../src/workflow/ports.ts';
import { workflowTasks } from '../../src/workflow/tasks.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { type TestTable, testTable } from '../vetting/table.ts';
import { type How, runWorkflow } from '../workflow/engine.ts';
import { testWorld, unavailable, verdict } from '../workflow/world.ts';

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

const started = Date.now();
const base = Date.parse('2026-01-01T00:00:00Z');
/** Runs with the real clock, and ahead of it by what a test adds. */
let ahead = 0;
const now = () => base + ahead + Date.now() - started;

const run = (ports: WorkflowPorts, input: object, how: How = {}) => runWorkflow(workflowTasks(ports), input, how);

const world = (given: Parameters<typeof testWorld>[2]) => {
  table.clock.now = now();
  const made = testWorld(table.store, now, given);
  const timer = setInterval(() => {
    table.clock.now = now();
  }, 5);
  timer.unref();
  return made;
};
const read = (id: string): Promise<RequestRecord | undefined> => table.store.readRequest(id, { consistent: true });
const statusOf = async (text: string) => (await table.store.readRelease(release(text), { consistent: true }))?.status;

test('a closure is judged, brought in, copied, and the request ends SECURE', async () => {
  const { ports, world: w } = world({ upstream: { first: { '2': { needs: ['second'] } }, second: { '1': {} } } });
  const request = requestFor(1, 'first');
  expect(await run(ports, request)).toBe('SUCCEEDED');
  expect(await read(request.requestId)).toMatchObject({
    status: 'SECURE',
    step: 'done',
    attempt: 1,
    counts: { releases: 2, secure: 2 },
    refusals: [],
  });
  const record = await table.store.readRelease(release('first==2'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE', revision: 'rev-1', policyVersion: 'p1', riskLevel: 'Green' });
  expect(record?.pending).toBeUndefined();
  expect(await table.store.readEvidence(release('first==2'))).toMatchObject({ verdict: { outcome: 'ALLOWED' } });
  expect(w.noticed).toEqual([]);
});

test('a blocked root ends BLOCKED with its reasons, nothing of it is ingested, and people are told', async () => {
  const { ports, world: w } = world({
    upstream: { bad: { '1': {} } },
    verdicts: { 'bad==1': verdict('BLOCKED', { similarPackages: [release('good==1').name] }) },
  });
  const request = requestFor(1, 'bad');
  expect(await run(ports, request)).toBe('SUCCEEDED');
  const record = await read(request.requestId);
  expect(record).toMatchObject({ status: 'BLOCKED' });
  expect(record?.refusals).toEqual([
    {
      name: 'bad',
      version: '1',
      kind: 'BLOCKED',
      riskLevel: 'Red',
      score: { least: 50, most: 50 },
      reasons: [{ text: 'Downloads < 300', points: 20 }],
      similarPackages: ['good'],
      fatal: true,
    },
  ]);
  expect(w.journal.filter((line) => line.startsWith('ingest') || line.startsWith('copy'))).toEqual([]);
  expect(w.noticed.map(({ status }) => status)).toEqual(['BLOCKED']);
});

test('a refused release makes way for an older one, and the request is SECURE with the refusal listed', async () => {
  const { ports } = world({
    upstream: { slip: { '2.0': {}, '1.0': {} } },
    verdicts: { 'slip==2.0': verdict('HELD') },
  });
  const request = requestFor(1, 'slip');
  await run(ports, request);
  const record = await read(request.requestId);
  expect(record).toMatchObject({ status: 'SECURE', counts: { releases: 1, secure: 1 } });
  expect(record?.refusals).toMatchObject([{ version: '2.0', kind: 'HELD', fatal: false }]);
  expect(await statusOf('slip==1.0')).toBe('SECURE');
});

test('a young release makes way for an older one; its refusal says all that speaks against it', async () => {
  const uploaded = new Date(now() - 86_400_000).toISOString();
  const held = verdict('HELD', {
    heldUntil: new Date(now() + 2 * 86_400_000).toISOString(),
    similarPackages: [release('real==1').name],
  });
  const { ports } = world({
    upstream: { young: { '2.0': { uploaded }, '1.0': {} }, onlyyoung: { '1.0': { uploaded } } },
    verdicts: { 'young==2.0': held, 'onlyyoung==1.0': held },
  });
  const request = requestFor(1, 'young');
  await run(ports, request);
  expect(await read(request.requestId)).toMatchObject({
    status: 'SECURE',
    refusals: [{ version: '2.0', fatal: false }],
  });
  expect(await statusOf('young==2.0')).toBeUndefined();
  const other = requestFor(1, 'onlyyoung');
  await run(ports, other);
  expect(await read(other.requestId)).toMatchObject({
    status: 'HELD',
    refusals: [{ kind: 'HELD', heldUntil: held.heldUntil, similarPackages: ['real'], fatal: true }],
  });
});

test('a young release that the policy allows all the same comes in; one that cannot be judged does not', async () => {
  const uploaded = new Date(now() - 86_400_000).toISOString();
  const { ports } = world({
    upstream: { wanted: { '1.0': { uploaded } }, dark: { '1.0': { uploaded } } },
    verdicts: { 'dark==1.0': new Error('no signals') },
  });
  const [wanted, dark] = [requestFor(1, 'wanted'), requestFor(1, 'dark')];
  await run(ports, wanted);
  expect(await read(wanted.requestId)).toMatchObject({ status: 'SECURE' });
  await run(ports, dark);
  const until = new Date(Date.parse(uploaded) + 3 * 86_400_000).toISOString();
  expect(await read(dark.requestId)).toMatchObject({ status: 'HELD', refusals: [{ heldUntil: until, fatal: true }] });
});

test('when another request fails at a release that this one waits for, this one tries it itself', async () => {
  let failures = 0;
  const { ports, world: w } = world({
    upstream: { hard: { '1': {} }, 'hard-a': { '1': { needs: ['hard'] } }, 'hard-b': { '1': { needs: ['hard'] } } },
    before: async (what, id) => {
      if (what !== 'ingest' || id !== 'hard==1') return;
      await sleep(300);
      failures += 1;
      if (failures === 1) throw new Error('bad luck');
    },
  });
  const [a, b] = [requestFor(1, 'hard-a'), requestFor(1, 'hard-b')];
  const first = run(ports, a);
  while (!w.journal.includes('ingest hard==1')) await sleep(5);
  await Promise.all([first, run(ports, b)]);
  expect(await read(b.requestId)).toMatchObject({ status: 'SECURE' });
  // The first one either ended before the second took over, or lived on it.
  expect((await read(a.requestId))?.status).toMatch(/^(ERROR|SECURE)$/);
  expect(failures).toBe(2);
});

test('when another request blocks a release that this one waits for, this one takes an older one', async () => {
  const { ports, world: w } = world({
    upstream: {
      grey: { '2.0': {}, '1.0': {} },
      'grey-a': { '1': { needs: ['grey==2.0'] } },
      'grey-b': { '1': { needs: ['grey'] } },
    },
    verdicts: { 'grey==2.0': verdict('BLOCKED') },
    before: (what, id) => (what === 'assess' && id === 'grey==2.0' ? sleep(300) : undefined),
  });
  const [a, b] = [requestFor(1, 'grey-a'), requestFor(1, 'grey-b')];
  const first = run(ports, a);
  while (!w.journal.includes('assess grey==2.0')) await sleep(5);
  await Promise.all([first, run(ports, b)]);
  expect(await read(a.requestId)).toMatchObject({ status: 'BLOCKED' });
  expect(await read(b.requestId)).toMatchObject({ status: 'SECURE', refusals: [{ version: '2.0', kind: 'BLOCKED' }] });
  expect(w.journal.filter((line) => line === 'assess grey==2.0')).toHaveLength(1);
});

test('a project that exists nowhere ends the request with NOT_FOUND', async () => {
  const { ports } = world({});
  const request = requestFor(1, 'nowhere');
  await run(ports, request);
  expect(await read(request.requestId)).toMatchObject({ status: 'BLOCKED', refusals: [{ kind: 'NOT_FOUND' }] });
});

test('a release that fails becomes ERROR with its cause, and the others go on', async () => {
  const { ports } = world({
    upstream: { breaks: { '1': { needs: ['holds'] } }, holds: { '1': {} } },
    before: (what, id) => {
      if (what === 'ingest' && id === 'breaks==1') throw new Error('the disk is full');
    },
  });
  const request = requestFor(1, 'breaks');
  expect(await run(ports, request)).toBe('FAILED');
  expect(await read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'Error: the disk is full' });
  expect(await statusOf('breaks==1')).toBe('ERROR');
  expect(await statusOf('holds==1')).toBe('SECURE');
});

test('what was ERROR is tried again by the next attempt', async () => {
  let broken = true;
  const { ports } = world({
    upstream: { flaky: { '1': {} } },
    before: (what) => {
      if (what === 'copy' && broken) throw new Error('not now');
    },
  });
  await run(ports, requestFor(1, 'flaky'));
  broken = false;
  const request = requestFor(2, 'flaky');
  await run(ports, request);
  expect(await read(request.requestId)).toMatchObject({ status: 'SECURE', attempt: 2 });
});

test('an index that cannot be reached is tried a few times, then the request ends in ERROR with the cause', async () => {
  const { ports, world: w } = world({
    before: (what) => {
      if (what === 'closure') throw unavailable('the index did not answer');
    },
  });
  const request = requestFor(1, 'faraway');
  expect(await run(ports, request)).toBe('FAILED');
  expect(await read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'the index did not answer' });
  expect(w.journal.filter((line) => line.startsWith('closure'))).toHaveLength(4);
});

test('a notice that fails is recorded and changes no verdict', async () => {
  const { ports } = world({
    upstream: { quiet: { '1': {} } },
    verdicts: { 'quiet==1': verdict('BLOCKED') },
    before: (what) => {
      if (what === 'notify') throw new Error('Slack is down');
    },
  });
  const request = requestFor(1, 'quiet');
  expect(await run(ports, request)).toBe('SUCCEEDED');
  expect(await read(request.requestId)).toMatchObject({ status: 'BLOCKED', noticeFailed: 'Error: Slack is down' });
});

test('two requests that share releases both end, and each release is judged and copied once', async () => {
  const shared = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`shared-${at}`, { '1': {} }]));
  const needs = Object.keys(shared);
  const { ports, world: w } = world({
    upstream: { ...shared, left: { '1': { needs } }, right: { '1': { needs: needs.toReversed() } } },
    before: () => sleep(2),
  });
  const requests = [requestFor(1, 'left'), requestFor(1, 'right')];
  await Promise.all(requests.map((request) => run(ports, request)));
  for (const { requestId } of requests) {
    expect(await read(requestId)).toMatchObject({ status: 'SECURE', counts: { releases: 41, secure: 41 } });
  }
  const copies = w.journal.filter((line) => line.startsWith('copy'));
  expect(copies).toHaveLength(42);
  expect(new Set(copies).size).toBe(42);
  expect(w.journal.filter((line) => line.startsWith('assess'))).toHaveLength(42);
});

test('of many executions of one request only one works', async () => {
  const { ports, world: w } = world({ upstream: { popular: { '1': {} } }, before: () => sleep(5) });
  const request = requestFor(1, 'popular');
  const event = { package: 'popular', userAgent: 'pip/26' };
  const names = Array.from({ length: 10 }, (_, at) => `event-${at}`);
  await Promise.all([run(ports, request), ...names.map((name) => run(ports, { ...event }, { name }))]);
  expect(w.journal.filter((line) => line === 'copy popular==1 rev-1')).toHaveLength(1);
  // The event's interpreter is another one: one more request, of which again one execution works.
  expect(w.journal.filter((line) => line.startsWith('closure'))).toHaveLength(2);
});

test('an execution that is killed holds nothing for longer than its lease: a waiting request takes over', async () => {
  const killed = new AbortController();
  let stuck = true;
  const { ports, world: w } = world({
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
  void run(first, requestFor(1, 'one'), { abort: killed.signal }).catch(() => undefined);
  while (!killed.signal.aborted) await sleep(5);
  const second = run(ports, requestFor(1, 'two'));
  while ((await read(requestFor(1, 'two').requestId))?.step !== 'wait') await sleep(20);
  expect(w.journal.filter((line) => line === 'copy common==1 rev-1')).toEqual([]);
  expect(await read(requestFor(1, 'two').requestId)).toMatchObject({ status: 'CHECK' });
  ahead += 91_000;
  await second;
  expect(await read(requestFor(1, 'two').requestId)).toMatchObject({ status: 'SECURE' });
  expect(await statusOf('common==1')).toBe('SECURE');

  // And the killed request itself is taken up by its next attempt.
  const next = requestFor(2, 'one');
  await run(ports, next);
  expect(await read(next.requestId)).toMatchObject({ status: 'SECURE', attempt: 2 });
});

test('BLOCKED by an older version of the policy is judged again', async () => {
  const { ports, world: w } = world({
    upstream: { changed: { '1': {} } },
    verdicts: { 'changed==1': verdict('BLOCKED') },
  });
  await run(ports, requestFor(1, 'changed'));
  w.verdicts['changed==1'] = verdict('ALLOWED', { policyVersion: 'p2' });
  const same = requestFor(2, 'changed');
  await run(ports, same);
  expect(await read(same.requestId)).toMatchObject({ status: 'BLOCKED', attempt: 2 });
  await run({ ...ports, policy: { ...ports.policy, version: 'p2' } }, requestFor(3, 'changed'));
  expect(await read(same.requestId)).toMatchObject({ status: 'SECURE', attempt: 3 });
});

test('SECURE is ingested again when upstream lists files it lacks, and keeps its old files when that fails', async () => {
  const files: Record<string, string> = { 'grows-1-py3-none-any.whl': 'a'.repeat(64) };
  const { ports, world: w } = world({ upstream: { grows: { '1': { files } } } });
  await run(ports, requestFor(1, 'grows'));
  const copies = () => w.journal.filter((line) => line.startsWith('copy'));
  await run(ports, requestFor(2, 'grows'));
  expect(copies()).toEqual(['copy grows==1 rev-1']);

  files['grows-1-cp314-cp314-win_amd64.whl'] = 'b'.repeat(64);
  await run(ports, requestFor(3, 'grows'));
  expect(copies()).toEqual(['copy grows==1 rev-1', 'copy grows==1 rev-2']);
  expect((await table.store.readRelease(release('grows==1'), { consistent: true }))?.sha256).toEqual(files);

  const kept = { ...files };
  files['grows-1.tar.gz'] = 'c'.repeat(64);
  w.verdicts['grows==1'] = verdict('BLOCKED');
  const request = requestFor(4, 'grows');
  await run(ports, request);
  expect(await read(request.requestId)).toMatchObject({ status: 'SECURE' });
  const record = await table.store.readRelease(release('grows==1'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE', sha256: kept, riskLevel: 'Green' });
  expect(record?.cause).toMatch(/files added later did not get in: BLOCKED/);
});

test('files in package-install that were not judged are not copied', async () => {
  const { ports, world: w } = world({ upstream: { swapped: { '1': {} } } });
  const swapped = { ...ports, ingest: async () => ({ revision: 'r', sha256: { 'other.whl': 'e'.repeat(64) } }) };
  const request = requestFor(1, 'swapped');
  await run(swapped, request);
  expect(await read(request.requestId)).toMatchObject({ status: 'ERROR' });
  expect(w.journal.filter((line) => line.startsWith('copy'))).toEqual([]);
});

test('a file whose index gives no digest is bound by the one it came in with', async () => {
  const { ports } = world({ upstream: { bare: { '1': { files: { 'bare-1.tar.gz': '' } } } } });
  const sha256 = { 'bare-1.tar.gz': 'f'.repeat(64) };
  const request = requestFor(1, 'bare');
  await run({ ...ports, ingest: async () => ({ revision: 'r', sha256 }) }, request);
  expect(await read(request.requestId)).toMatchObject({ status: 'SECURE' });
  expect((await table.store.readRelease(release('bare==1'), { consistent: true }))?.sha256).toEqual(sha256);
});

test('input that is no request touches nothing', async () => {
  const { ports, world: w } = world({});
  const request = requestFor(1, 'mine');
  expect(await run(ports, { ...request, roots: ['theirs'] }, { name: 'forged' })).toBe('FAILED');
  expect(await run(ports, { hello: 'world' }, { name: 'nonsense' })).toBe('FAILED');
  expect(await run(ports, { package: '../../etc' }, { name: 'no-project' })).toBe('SUCCEEDED');
  expect(await read(request.requestId)).toBeUndefined();
  expect(w.journal).toEqual([]);
});

test('hundreds of releases pass in batches with a state that stays small', async () => {
  const leaves = Object.fromEntries(Array.from({ length: 220 }, (_, at) => [`leaf-${at}`, { '1': {} }]));
  const { ports } = world({ upstream: { ...leaves, tree: { '1': { needs: Object.keys(leaves) } } } });
  const ask = { ...requestFor(1, 'tree'), constraints: Array.from({ length: 500 }, (_, at) => `leaf-${at}>=1,<2`) };
  const request = { ...ask, requestId: requestId(ask) };
  let largest = 0;
  const watch = (state: unknown) => {
    largest = Math.max(largest, JSON.stringify(state).length);
  };
  expect(await run(ports, request, { watch })).toBe('SUCCEEDED');
  expect(await read(request.requestId)).toMatchObject({ status: 'SECURE', counts: { releases: 221, secure: 221 } });
  expect(largest).toBeGreaterThan(100);
  expect(largest).toBeLessThan(3_000);
});

test('when a task of a batch fails as a whole, what the batch held becomes ERROR with the cause', async () => {
  const { ports } = world({ upstream: { whole: { '1': {} } } });
  const store = { ...ports.store, putEvidence: () => Promise.reject(new Error('evidence cannot be written')) };
  const request = requestFor(1, 'whole');
  expect(await run({ ...ports, store }, request)).toBe('FAILED');
  expect(await statusOf('whole==1')).toBe('ERROR');
  expect(await read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'evidence cannot be written' });
});

test('when even giving a batch up fails, the request ends in ERROR and its releases are let go', async () => {
  const { ports } = world({ upstream: { worse: { '1': {} } } });
  let claimed = false;
  const store = {
    ...ports.store,
    claimRelease: async (...claim: Parameters<typeof ports.store.claimRelease>) => {
      claimed = true;
      return ports.store.claimRelease(...claim);
    },
    // Ranges are what batches read by.
    requestReleases: async (id: string, range?: { from: string; to: string }) => {
      if (claimed && range !== undefined) throw new Error('ranges cannot be read');
      return ports.store.requestReleases(id, range);
    },
  };
  const request = requestFor(1, 'worse');
  expect(await run({ ...ports, store }, request)).toBe('FAILED');
  expect(await statusOf('worse==1')).toBe('ERROR');
  expect(await read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'ranges cannot be read' });
});

test('an execution that lost its request to a later attempt ends without another word', async () => {
  const { ports } = world({
    upstream: { lost: { '1': {} } },
    before: async (what) => {
      if (what !== 'assess') return;
      const seen = await read(requestFor(1, 'lost').requestId);
      await table.store.claimRequest({ ...seen!, attempt: 2, execution: 'newer', step: 'closure' }, seen);
    },
  });
  const request = requestFor(1, 'lost');
  expect(await run(ports, request)).toBe('FAILED');
  expect(await read(request.requestId)).toMatchObject({ execution: 'newer', status: 'CHECK', step: 'closure' });
});

test('an upgrade notes that upstream was asked, for its roots and interpreter alone', async () => {
  const { ports } = world({ upstream: { up: { '1': {} } } });
  const plain = requestFor(1, 'up');
  const ask = { ...plain, options: { ...plain.options, upgrade: true } };
  await run(ports, plain);
  expect(await staleRoots(table.store, ['up'], plain.environment, now())).toEqual(['up']);
  await run(ports, { ...ask, requestId: requestId(ask) });
  expect(await staleRoots(table.store, ['up', 'up<2'], plain.environment, now())).toEqual(['up<2']);
  expect(await staleRoots(table.store, ['up'], { ...plain.environment, platform: 'win_amd64' }, now())).toEqual(['up']);
  expect(await staleRoots(table.store, ['up'], plain.environment, now() + 3_600_001)).toEqual(['up']);
});
