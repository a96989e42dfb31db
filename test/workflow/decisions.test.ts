import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { Refusal, ReleaseRecord, RequestRecord } from '../../src/vetting/types.ts';
import { batchesOf, type Chosen, releasesToVet } from '../../src/workflow/batches.ts';
import { decideClaim } from '../../src/workflow/claim.ts';
import { decideEnd } from '../../src/workflow/conclude.ts';
import { decideImport, pauseSeconds } from '../../src/workflow/import-state.ts';
import { cooldownEnd, limitRefusals, recordedRefusal, statusOfRefusals } from '../../src/workflow/refusals.ts';
import { decideReview } from '../../src/workflow/tasks/review.ts';
import { recordOf, release } from '../vetting/examples.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const iso = (at: number) => new Date(at).toISOString();
const requestRecord = (change: Partial<RequestRecord>) => recordOf({ execution: 'old', ...change });

test.each<[string, RequestRecord | undefined, number | undefined, object]>([
  ['a request without a record is claimed', undefined, 4, { kind: 'claim', attempt: 4 }],
  ['an event without a record is the first attempt', undefined, undefined, { kind: 'claim', attempt: 1 }],
  [
    'an execution can repeat its own claim',
    requestRecord({ execution: 'this', attempt: 2, leaseUntil: now + 1 }),
    2,
    { kind: 'claim', attempt: 2 },
  ],
  [
    'a live lease stays with its owner, who answers the newer attempt',
    requestRecord({ leaseUntil: now + 1 }),
    2,
    { kind: 'skip', raisesAttempt: true },
  ],
  ['a request with an expired lease is claimed', requestRecord({ leaseUntil: now }), 2, { kind: 'claim', attempt: 2 }],
  [
    'a late attempt gets the number after the recorded one',
    requestRecord({ attempt: 5, leaseUntil: 0 }),
    3,
    { kind: 'claim', attempt: 6 },
  ],
  ['a newer attempt claims an ended request', requestRecord({ status: 'SECURE' }), 2, { kind: 'claim', attempt: 2 }],
  [
    'an ended attempt is not repeated',
    requestRecord({ status: 'SECURE', attempt: 2 }),
    2,
    { kind: 'skip', raisesAttempt: false },
  ],
  [
    'a repeated event is ignored',
    requestRecord({ status: 'BLOCKED', endedAt: iso(now - 599_000) }),
    undefined,
    { kind: 'skip', raisesAttempt: false },
  ],
  [
    'an event long after the verdict starts another attempt',
    requestRecord({ status: 'BLOCKED', endedAt: iso(now - 600_001) }),
    undefined,
    { kind: 'claim', attempt: 2 },
  ],
  [
    'an event a minute after a failure starts another attempt',
    requestRecord({ status: 'ERROR', endedAt: iso(now - 60_001) }),
    undefined,
    { kind: 'claim', attempt: 2 },
  ],
])('%s', (_, record, attempt, expected) => {
  expect(decideClaim(record, { execution: 'this', attempt, now })).toEqual(expected);
});

test('the engine decides whether a request is claimed by another execution, not the lease', () => {
  const decide = (leaseUntil: number, isRunning: boolean) =>
    decideClaim(requestRecord({ leaseUntil }), { execution: 'this', attempt: 2, isRunning, now }).kind;
  expect(decide(now - 600_000, true)).toBe('skip');
  expect(decide(now + 600_000, false)).toBe('claim');
});

const releaseRecord = (change: Partial<ReleaseRecord>): ReleaseRecord => ({
  ...release('demo==1'),
  status: 'SECURE',
  execution: 'other',
  leaseUntil: 0,
  requestedBy: 'dev',
  createdAt: iso(now),
  updatedAt: iso(now),
  ...change,
});
const chosen = (record: ReleaseRecord | undefined): Chosen => ({
  release: { ...release('demo==1'), sha256: {}, execution: 'this', round: 1 },
  record,
});
const review = (records: (ReleaseRecord | undefined)[], round = 1, waited = 0, retries = 0) =>
  decideReview(records.map(chosen), { execution: 'this', round, retries, now, waited }).next;
const claimedElsewhere = releaseRecord({ status: 'INGEST', leaseUntil: now + 1 });

test('a review concludes only when every release is SECURE', () => {
  expect(review([])).toBe('conclude');
  expect(review([releaseRecord({}), releaseRecord({})])).toBe('conclude');
  for (const status of ['BLOCKED', 'HELD', 'ERROR'] as const) {
    expect(review([releaseRecord({}), releaseRecord({ status }), claimedElsewhere])).toBe('again');
  }
});

test('a review waits for live claims of other executions, and resolves again for expired ones', () => {
  expect(review([releaseRecord({}), claimedElsewhere])).toBe('wait');
  expect(review([claimedElsewhere, { ...claimedElsewhere, leaseUntil: now }])).toBe('again');
  expect(review([undefined])).toBe('again');
  expect(review([{ ...claimedElsewhere, execution: 'this' }])).toBe('again');
});

test('a service that failed is tried again after growing pauses, and an error that stays the same ends the request', () => {
  const failed = (retriable: boolean) => releaseRecord({ status: 'ERROR', execution: 'this', retriable });
  const pauses = [0, 1, 2, 3].map((retries) =>
    decideReview([chosen(failed(true))], { execution: 'this', round: 1, retries, now, waited: 0 }),
  );
  expect(pauses.map(({ next, retries }) => [next, retries])).toEqual([1, 2, 3, 4].map((count) => ['retry', count]));
  for (const [at, { seconds }] of pauses.entries()) expect(seconds).toBeGreaterThan(pauses[at - 1]?.seconds ?? 0);
  expect(review([failed(true)], 1, 0, 4)).toBe('conclude');
  expect(review([failed(true), failed(false)])).toBe('conclude');
  expect(review([failed(false), releaseRecord({ status: 'HELD' })])).toBe('again');
});

test('a review concludes after the last round and after an hour of waiting', () => {
  expect(review([undefined], 24)).toBe('again');
  expect(review([undefined], 25)).toBe('conclude');
  expect(review([claimedElsewhere], 1, 3_600_000)).toBe('wait');
  expect(review([claimedElsewhere], 1, 3_600_001)).toBe('conclude');
});

const refusal = (change: Partial<Refusal>): Refusal => ({
  name: normaliseName('demo'),
  version: '1',
  kind: 'BLOCKED',
  reasons: [],
  similarPackages: [],
  fatal: true,
  ...change,
});

test('a request is SECURE only if every release of its resolved set is', () => {
  const secure = [chosen(releaseRecord({}))];
  expect(decideEnd('solved', [], secure)).toEqual({ status: 'SECURE' });
  expect(decideEnd('solved', [refusal({ fatal: false })], secure)).toEqual({ status: 'SECURE' });
  expect(decideEnd('solved', [], [...secure, chosen(claimedElsewhere)])).toMatchObject({ status: 'ERROR' });
  expect(decideEnd('solved', [], [chosen(undefined)])).toMatchObject({ status: 'ERROR' });
  expect(decideEnd('refused', [], [])).toMatchObject({ status: 'ERROR' });
  expect(decideEnd('not-found', [refusal({ kind: 'NOT_FOUND' })], [])).toEqual({ status: 'BLOCKED' });
  expect(decideEnd('refused', [refusal({ kind: 'HELD' })], [])).toEqual({ status: 'HELD' });
  expect(decideEnd('refused', [refusal({ kind: 'ERROR', detail: 'a cause' })], [])).toEqual({
    status: 'ERROR',
    cause: 'a cause',
  });
});

test('among several fatal refusals, one that does not change with time decides the status', () => {
  expect(statusOfRefusals([refusal({ kind: 'ERROR' }), refusal({ kind: 'HELD' })])).toBe('HELD');
  expect(statusOfRefusals([refusal({ kind: 'HELD' }), refusal({ kind: 'NOT_FOUND' })])).toBe('BLOCKED');
  expect(statusOfRefusals([refusal({ kind: 'BLOCKED', fatal: false })])).toBeUndefined();
});

test('a record keeps few refusals, fatal ones first, for any text in them', () => {
  const text = fc.string({ maxLength: 2000, unit: 'grapheme' });
  const any = fc.array(
    fc.record({
      name: fc.constant(normaliseName('demo')),
      version: text,
      kind: fc.constantFrom<Refusal['kind']>('BLOCKED', 'HELD', 'NOT_FOUND', 'ERROR'),
      reasons: fc.array(fc.record({ text }), { maxLength: 30 }),
      similarPackages: fc.array(fc.constant('other'), { maxLength: 30 }),
      detail: text,
      fatal: fc.boolean(),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(any, (refusals) => {
      const { refusals: kept, refusalsOmitted } = limitRefusals(refusals);
      expect(kept.length + refusalsOmitted).toBe(refusals.length);
      expect(kept.length).toBeLessThanOrEqual(20);
      expect(kept.length > 0).toBe(refusals.length > 0);
      expect(kept[0]?.fatal ?? false).toBe(refusals.some(({ fatal }) => fatal));
      if (kept.length > 1) expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(3_100);
    }),
  );
});

test('a recorded verdict is a refusal only while it is valid', () => {
  const current = { startedAt: iso(now), policyVersion: 'p1', now };
  const refusalKind = (change: Partial<ReleaseRecord>) =>
    recordedRefusal(releaseRecord({ policyVersion: 'p1', ...change }), current)?.kind;
  expect(refusalKind({ status: 'BLOCKED' })).toBe('BLOCKED');
  expect(refusalKind({ status: 'BLOCKED', policyVersion: 'p0' })).toBeUndefined();
  expect(refusalKind({ status: 'HELD' })).toBe('HELD');
  expect(refusalKind({ status: 'HELD', updatedAt: iso(now - 1) })).toBeUndefined();
  expect(refusalKind({ status: 'HELD', updatedAt: iso(now - 1), heldUntil: iso(now + 1) })).toBe('HELD');
  expect(refusalKind({ status: 'HELD', updatedAt: iso(now - 1), heldUntil: iso(now - 1) })).toBeUndefined();
  expect(refusalKind({ status: 'ERROR', execution: 'this' })).toBeUndefined();
  expect(refusalKind({ status: 'ERROR' })).toBeUndefined();
  expect(refusalKind({ status: 'CHECK' })).toBeUndefined();
});

test('the cooldown ends a fixed time after the upload, if the upload time is known', () => {
  const endAfter = (uploaded: string | undefined) => cooldownEnd(uploaded, 3600, now);
  expect(endAfter(iso(now - 3_599_000))).toBe(iso(now + 1000));
  expect(endAfter(iso(now - 3_600_000))).toBeUndefined();
  expect(endAfter(iso(now + 1e10))).toBe(iso(now + 1e10 + 3_600_000));
  expect(endAfter('+275760-09-13T00:00:00.000Z')).toBe(iso(8.64e15));
  expect(endAfter(undefined)).toBeUndefined();
  expect(endAfter('yesterday')).toBeUndefined();
  expect(cooldownEnd(iso(now - 1), 0, now)).toBeUndefined();
});

describe('a SECURE release is vetted again', () => {
  const digests = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'aa']));
  const isVettedAgain = async (
    vetted: string[] | undefined,
    listed: string[],
    { execution = 'other', isOlder = false } = {},
  ) => {
    const { release: one } = chosen(undefined);
    const files = vetted && { ...one, revision: 'r', sha256: digests(vetted) };
    const store = {
      vettedFiles: async (releases: readonly unknown[]) => releases.map(() => files),
      metadataOf: async (releases: readonly unknown[]) => releases.map(() => (isOlder ? undefined : new Map())),
    };
    const candidates = [{ release: { ...one, sha256: digests(listed) }, record: releaseRecord({ execution }) }];
    return (await releasesToVet({ store: store as never }, candidates, 'this')).length === 1;
  };

  test('for missing installable files, once per execution', async () => {
    expect(await isVettedAgain(['a.whl'], ['a.whl'])).toBe(false);
    expect(await isVettedAgain(['a.whl'], ['a.whl', 'b.whl'])).toBe(true);
    expect(await isVettedAgain(['a.whl'], ['a.whl', 'b.whl'], { execution: 'this' })).toBe(false);
    expect(await isVettedAgain(['a.whl'], ['a.whl', 'a.egg', 'a.exe'])).toBe(false);
    expect(await isVettedAgain(['a.whl', 'gone.whl'], ['a.whl'])).toBe(false);
    expect(await isVettedAgain([], ['constructor.whl'])).toBe(true);
    expect(await isVettedAgain(undefined, ['a.whl'])).toBe(true);
  });

  test('for the METADATA of its wheels, if it was vetted before METADATA was recorded', async () => {
    expect(await isVettedAgain(['a.whl'], ['a.whl'], { isOlder: true })).toBe(true);
    expect(await isVettedAgain(['a.whl'], ['a.whl'], { isOlder: true, execution: 'this' })).toBe(false);
    expect(await isVettedAgain(['a.tar.gz'], ['a.tar.gz'], { isOlder: true })).toBe(false);
  });
});

describe('an import', () => {
  const assessed = { 'a-1-py3-none-any.whl': 'aa', 'a-1.tar.gz': 'bb', 'a-1.exe': 'cc' };
  const part = { revision: 'r1', sha256: { 'a-1.tar.gz': 'bb' } };
  const whole = { revision: 'r2', sha256: { 'a-1.tar.gz': 'bb', 'a-1-py3-none-any.whl': 'aa' } };
  const decide = (change: Partial<Parameters<typeof decideImport>[0]>) =>
    decideImport({ release: release('a==1'), found: undefined, assessed, seen: undefined, elapsed: 0, now, ...change });

  test('is ready with every installable file that was assessed', () => {
    expect(decide({ found: whole })).toEqual({ kind: 'ready', ...whole });
    expect(decide({ found: part })).toEqual({ kind: 'importing', seen: { revision: 'r1', since: now } });
    expect(decide({})).toEqual({ kind: 'importing', seen: undefined });
  });

  test('is ready without some files when its revision has not changed for 30 seconds', () => {
    const seen = { revision: 'r1', since: now - 29_999 };
    expect(decide({ found: part, seen })).toEqual({ kind: 'importing', seen });
    expect(decide({ found: part, seen: { ...seen, since: now - 30_000 } }).kind).toBe('ready');
    expect(decide({ found: part, seen: { revision: 'r0', since: 0 } })).toMatchObject({ seen: { since: now } });
    const empty = { revision: 'r1', sha256: {} };
    expect(decide({ found: empty, seen: { revision: 'r1', since: 0 } }).kind).toBe('importing');
  });

  test('that takes more than ten minutes is an error that a later request gets past', () => {
    expect(() => decide({ elapsed: 600_001 })).toThrow('has not finished importing');
    expect(decide({ elapsed: 600_001, found: whole }).kind).toBe('ready');
  });

  test.each([1, 40, 80])('of %i batches leaves room in the history of an execution', (batchCount) => {
    let looks = 0;
    for (let elapsed = 4_000; elapsed < 600_000; looks += 1) elapsed += pauseSeconds(elapsed, batchCount) * 1000;
    // Step Functions writes 9 events for a look and 39 for the other states of a batch.
    expect((looks * 9 + 39) * batchCount).toBeLessThan(15_000);
  });

  test('is looked at after an eighth of the time that it has taken, from 1 to 20 seconds', () => {
    expect([-5, 0, 8_000, 16_000, 80_000, 170_000, 600_000].map((at) => pauseSeconds(at, 1))).toEqual([
      1, 1, 1, 2, 10, 20, 20,
    ]);
  });
});

test('batches cover all releases in separate ranges of at most 25', () => {
  const releases = Array.from({ length: 60 }, (_, at) => ({
    ...release(`demo-${(at * 37) % 60}==1`),
    sha256: {},
    execution: 'e',
    round: 1,
  }));
  const batches = batchesOf(releases);
  expect(batches).toHaveLength(3);
  const keys = releases.map(({ name, version }) => `r#${name}#${version}`);
  const counts = batches.map(({ from, to }) => keys.filter((key) => key >= from && key <= to).length);
  expect(counts).toEqual([25, 25, 10]);
  expect(batchesOf([])).toEqual([]);
});

test('the largest resolved set with the longest names fits into the state of an execution', () => {
  const releases = Array.from({ length: 2000 }, (_, at) => ({
    ...release(`${String(at).padStart(4, '0')}${'x'.repeat(251)}==${'1'.repeat(255)}`),
    sha256: {},
    execution: 'e',
    round: 1,
  }));
  expect(JSON.stringify(batchesOf(releases)).length).toBeLessThan(100_000);
});
