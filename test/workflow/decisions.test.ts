import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { Refusal, ReleaseRecord, RequestRecord } from '../../src/vetting/types.ts';
import { batchesOf, type Chosen, needsWork } from '../../src/workflow/batches.ts';
import { decideClaim } from '../../src/workflow/claim.ts';
import { boundRefusals, cooldownEnd, knownRefusal, refusedStatus } from '../../src/workflow/refusals.ts';
import { conclusion } from '../../src/workflow/tasks/conclude.ts';
import { decideReview } from '../../src/workflow/tasks/review.ts';
import { recordOf, release } from '../vetting/examples.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const iso = (at: number) => new Date(at).toISOString();
const requestRecord = (change: Partial<RequestRecord>) => recordOf({ execution: 'old', ...change });

test.each<[string, RequestRecord | undefined, number | undefined, object]>([
  ['what nobody asked is claimed', undefined, 4, { kind: 'claim', attempt: 4 }],
  ['an event without a record is a first attempt', undefined, undefined, { kind: 'claim', attempt: 1 }],
  [
    'a claim may be repeated by the same execution',
    requestRecord({ execution: 'me', attempt: 2, leaseUntil: now + 1 }),
    2,
    { kind: 'claim', attempt: 2 },
  ],
  [
    'a living lease is never broken, and answers the newer attempt',
    requestRecord({ leaseUntil: now + 1 }),
    2,
    { kind: 'theirs', answers: true },
  ],
  ['a dead lease is taken over', requestRecord({ leaseUntil: now }), 2, { kind: 'claim', attempt: 2 }],
  [
    'an attempt that comes late after a dead one counts on',
    requestRecord({ attempt: 5, leaseUntil: 0 }),
    3,
    { kind: 'claim', attempt: 6 },
  ],
  [
    'an ended request is worked on by a newer attempt',
    requestRecord({ status: 'SECURE' }),
    2,
    { kind: 'claim', attempt: 2 },
  ],
  [
    'an attempt that has ended is not done twice',
    requestRecord({ status: 'SECURE', attempt: 2 }),
    2,
    { kind: 'theirs', answers: false },
  ],
  [
    'an event that repeats itself is dropped',
    requestRecord({ status: 'BLOCKED', endedAt: iso(now - 599_000) }),
    undefined,
    { kind: 'theirs', answers: false },
  ],
  [
    'an event long after is asked anew',
    requestRecord({ status: 'BLOCKED', endedAt: iso(now - 600_001) }),
    undefined,
    { kind: 'claim', attempt: 2 },
  ],
  [
    'an event soon after a failure is asked anew',
    requestRecord({ status: 'ERROR', endedAt: iso(now - 60_001) }),
    undefined,
    { kind: 'claim', attempt: 2 },
  ],
])('%s', (_, seen, attempt, expected) => {
  expect(decideClaim(seen, { execution: 'me', attempt, now })).toEqual(expected);
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
  release: { ...release('demo==1'), sha256: {}, execution: 'me', round: 1 },
  record,
});
const review = (records: (ReleaseRecord | undefined)[], round = 1, waited = 0) =>
  decideReview(records.map(chosen), { execution: 'me', round, now, waited }).next;
const theirs = releaseRecord({ status: 'INGEST', leaseUntil: now + 1 });

test('a review concludes only when every release is SECURE', () => {
  expect(review([])).toBe('conclude');
  expect(review([releaseRecord({}), releaseRecord({})])).toBe('conclude');
  for (const status of ['BLOCKED', 'HELD', 'ERROR'] as const) {
    expect(review([releaseRecord({}), releaseRecord({ status }), theirs])).toBe('again');
  }
});

test('a review waits for living leases of others, and takes over what they let go', () => {
  expect(review([releaseRecord({}), theirs])).toBe('wait');
  expect(review([theirs, { ...theirs, leaseUntil: now }])).toBe('again');
  expect(review([undefined])).toBe('again');
  expect(review([{ ...theirs, execution: 'me' }])).toBe('again');
});

test('a review ends: after ten rounds, and after an hour of waiting', () => {
  expect(review([undefined], 9)).toBe('again');
  expect(review([undefined], 10)).toBe('conclude');
  expect(review([theirs], 1, 3_600_000)).toBe('wait');
  expect(review([theirs], 1, 3_600_001)).toBe('conclude');
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

test('a request is SECURE only if every release of a solved closure is: everything else is an ERROR or a refusal', () => {
  const secure = [chosen(releaseRecord({}))];
  expect(conclusion('solved', [], secure)).toEqual({ status: 'SECURE' });
  expect(conclusion('solved', [refusal({ fatal: false })], secure)).toEqual({ status: 'SECURE' });
  expect(conclusion('solved', [], [...secure, chosen(theirs)])).toMatchObject({ status: 'ERROR' });
  expect(conclusion('solved', [], [chosen(undefined)])).toMatchObject({ status: 'ERROR' });
  expect(conclusion('refused', [], [])).toMatchObject({ status: 'ERROR' });
  expect(conclusion('not-found', [refusal({ kind: 'NOT_FOUND' })], [])).toEqual({ status: 'BLOCKED' });
  expect(conclusion('refused', [refusal({ kind: 'HELD' })], [])).toEqual({ status: 'HELD' });
  expect(conclusion('refused', [refusal({ kind: 'ERROR', detail: 'why' })], [])).toEqual({
    status: 'ERROR',
    cause: 'why',
  });
});

test('of several fatal refusals the one that no waiting mends gives the status', () => {
  expect(refusedStatus([refusal({ kind: 'ERROR' }), refusal({ kind: 'HELD' })])).toBe('HELD');
  expect(refusedStatus([refusal({ kind: 'HELD' }), refusal({ kind: 'NOT_FOUND' })])).toBe('BLOCKED');
  expect(refusedStatus([refusal({ kind: 'BLOCKED', fatal: false })])).toBeUndefined();
});

test('refusals in a record are few, fatal ones first, whatever others wrote into them', () => {
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
      const bounded = boundRefusals(refusals);
      const { refusals: kept, refusalsOmitted } = bounded;
      expect(kept.length + refusalsOmitted).toBe(refusals.length);
      expect(kept.length).toBeLessThanOrEqual(20);
      expect(kept.length > 0).toBe(refusals.length > 0);
      expect(kept[0]?.fatal ?? false).toBe(refusals.some(({ fatal }) => fatal));
      if (kept.length > 1) expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(3_100);
    }),
  );
});

test('what is known of a release is a refusal only while it stands', () => {
  const at = { execution: 'me', startedAt: iso(now), policyVersion: 'p1', now };
  const known = (change: Partial<ReleaseRecord>) =>
    knownRefusal(releaseRecord({ policyVersion: 'p1', ...change }), at)?.kind;
  expect(known({ status: 'BLOCKED' })).toBe('BLOCKED');
  expect(known({ status: 'BLOCKED', policyVersion: 'p0' })).toBeUndefined();
  expect(known({ status: 'HELD' })).toBe('HELD');
  expect(known({ status: 'HELD', updatedAt: iso(now - 1) })).toBeUndefined();
  expect(known({ status: 'HELD', updatedAt: iso(now - 1), heldUntil: iso(now + 1) })).toBe('HELD');
  expect(known({ status: 'HELD', updatedAt: iso(now - 1), heldUntil: iso(now - 1) })).toBeUndefined();
  expect(known({ status: 'ERROR', execution: 'me' })).toBe('ERROR');
  expect(known({ status: 'ERROR' })).toBeUndefined();
  expect(known({ status: 'CHECK' })).toBeUndefined();
});

test('youth is judged by the upload time, where there is one and the policy asks', () => {
  const recent = (uploaded: string | undefined) => cooldownEnd(uploaded, 3600, now);
  expect(recent(iso(now - 3_599_000))).toBe(iso(now + 1000));
  expect(recent(iso(now - 3_600_000))).toBeUndefined();
  expect(recent(iso(now + 1e10))).toBe(iso(now + 1e10 + 3_600_000));
  expect(recent('+275760-09-13T00:00:00.000Z')).toBe(iso(8.64e15));
  expect(recent(undefined)).toBeUndefined();
  expect(recent('yesterday')).toBeUndefined();
  expect(cooldownEnd(iso(now - 1), 0, now)).toBeUndefined();
});

test('SECURE is worked on again only for installable files it lacks, and once per execution', () => {
  const needs = (held: string[], listed: string[], execution = 'other') =>
    needsWork(
      {
        release: { ...chosen(undefined).release, sha256: Object.fromEntries(listed.map((name) => [name, 'aa'])) },
        record: releaseRecord({ execution, sha256: Object.fromEntries(held.map((name) => [name, 'aa'])) }),
      },
      'me',
    );
  expect(needs(['a.whl'], ['a.whl'])).toBe(false);
  expect(needs(['a.whl'], ['a.whl', 'b.whl'])).toBe(true);
  expect(needs(['a.whl'], ['a.whl', 'b.whl'], 'me')).toBe(false);
  expect(needs(['a.whl'], ['a.whl', 'a.egg', 'a.exe'])).toBe(false);
  expect(needs(['a.whl', 'gone.whl'], ['a.whl'])).toBe(false);
  expect(needs([], ['constructor.whl'])).toBe(true);
});

test('batches cover everything in at most 25 each, in ranges that do not overlap', () => {
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

test('the largest closure with the longest names fits into the state of an execution', () => {
  const releases = Array.from({ length: 2000 }, (_, at) => ({
    ...release(`${String(at).padStart(4, '0')}${'x'.repeat(251)}==${'1'.repeat(255)}`),
    sha256: {},
    execution: 'e',
    round: 1,
  }));
  expect(JSON.stringify(batchesOf(releases)).length).toBeLessThan(100_000);
});
