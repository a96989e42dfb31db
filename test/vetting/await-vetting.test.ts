import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { awaitVetting, type Question } from '../../src/vetting/await-vetting.ts';
import { joinOrStart } from '../../src/vetting/join-or-start.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import type { RequestRecord } from '../../src/vetting/types.ts';
import { askFor, recordOf } from './examples.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const iso = (at: number) => new Date(at).toISOString();
const times = { now, since: now - 10_000, actedUpon: 0 };
const ended = (status: RequestRecord['status'], secondsAgo: number, attempt = 3) =>
  recordOf({ status, attempt, endedAt: iso(now - secondsAgo * 1000), leaseUntil: 0 });

test.each<[string, RequestRecord | undefined, object]>([
  ['nothing on record starts the first attempt', undefined, { kind: 'start', attempt: 1 }],
  ['a living execution is joined', recordOf({ attempt: 2, leaseUntil: now + 1 }), { kind: 'join', attempt: 2 }],
  [
    'a dead one is followed by the next attempt',
    recordOf({ attempt: 2, leaseUntil: now }),
    { kind: 'start', attempt: 3 },
  ],
  ['SECURE since shortly before pip ran is the answer', ended('SECURE', 125), { kind: 'answer' }],
  ['SECURE of long ago is asked again', ended('SECURE', 131), { kind: 'start', attempt: 4 }],
  ['BLOCKED while pip ran is the answer', ended('BLOCKED', 5), { kind: 'answer' }],
  ['BLOCKED before pip ran is asked again', ended('BLOCKED', 15), { kind: 'start', attempt: 4 }],
  ['HELD while pip ran is the answer', ended('HELD', 5), { kind: 'answer' }],
  ['ERROR is always tried again', ended('ERROR', 1), { kind: 'start', attempt: 4 }],
])('%s', (_, record, expected) => {
  expect(joinOrStart(record, times)).toMatchObject(expected);
});

test('an answer that was heeded and did not help is not taken a second time', () => {
  expect(joinOrStart(ended('SECURE', 5), { ...times, actedUpon: 3 })).toEqual({ kind: 'start', attempt: 4 });
  expect(joinOrStart(undefined, { ...times, actedUpon: 3 })).toEqual({ kind: 'start', attempt: 4 });
});

test('the order of roots and who asks do not make another request; anything else does', () => {
  const id = requestId(askFor('b', 'a'));
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(requestId({ ...askFor('a', 'b', 'a'), requestedBy: 'other' } as never)).toBe(id);
  expect(requestId(askFor('a', 'b>1'))).not.toBe(id);
  expect(requestId({ ...askFor('a', 'b'), constraints: ['c<1'] })).not.toBe(id);
  const { options } = askFor('a');
  expect(requestId({ ...askFor('a', 'b'), options: { ...options, upgrade: true } })).not.toBe(id);
});

/** A world where time passes only by sleeping and records change at given moments. */
function world(script: (starts: readonly string[], seconds: number) => RequestRecord | undefined, waitSeconds = 120) {
  const clock = { now };
  const starts: string[] = [];
  const progress: string[] = [];
  const question: Question = {
    ask: askFor('demo'),
    since: now,
    waitSeconds,
    store: { readRequest: async () => script(starts, (clock.now - now) / 1000) },
    starter: {
      async start(name) {
        starts.push(name);
        return 'started';
      },
    },
    now: () => clock.now,
    sleep: async (milliseconds) => {
      clock.now += Math.max(1, milliseconds);
    },
    random: () => 0.5,
    onProgress: ({ step, status }) => progress.push(`${status} ${step}`),
  };
  return { question, starts, progress, seconds: () => (clock.now - now) / 1000 };
}
const id = requestId(askFor('demo'));

test('one execution is started, its steps are told once each, and its end is the answer', async () => {
  const { question, starts, progress } = world((started, seconds) => {
    if (started.length === 0) return undefined;
    const leaseUntil = now + seconds * 1000 + 90_000;
    if (seconds < 3) return recordOf({ step: 'resolve', leaseUntil });
    if (seconds < 8) return recordOf({ step: 'ingest', leaseUntil });
    return recordOf({ step: 'done', status: 'SECURE' });
  });
  expect(await awaitVetting(question)).toMatchObject({ kind: 'secure', joined: false });
  expect(starts).toEqual([`${id}-1`]);
  expect(progress).toEqual(['CHECK closure', 'CHECK ingest', 'SECURE done']);
});

test('a late client joins what runs and starts nothing', async () => {
  const { question, starts } = world((_, seconds) =>
    seconds < 5 ? recordOf({ leaseUntil: now + 90_000, attempt: 2 }) : recordOf({ attempt: 2, status: 'BLOCKED' }),
  );
  expect(await awaitVetting(question)).toMatchObject({ kind: 'refused', joined: true });
  expect(starts).toEqual([]);
});

test('when the execution it waits for is killed, the client starts the next attempt and heeds that one', async () => {
  const { question, starts, seconds } = world((started, at) => {
    if (started.length === 0) return recordOf({ attempt: 1, leaseUntil: now + 20_000 });
    return at < 40 ? recordOf({ attempt: 1, leaseUntil: now + 20_000 }) : recordOf({ attempt: 2, status: 'SECURE' });
  });
  expect(await awaitVetting(question)).toMatchObject({ kind: 'secure', joined: false, record: { attempt: 2 } });
  expect(starts).toEqual([`${id}-2`]);
  expect(seconds()).toBeLessThan(60);
});

test('an execution that died before it claimed anything is followed by the next attempt', async () => {
  const { question, starts } = world((started) =>
    started.length < 2 ? undefined : recordOf({ attempt: 2, status: 'SECURE' }),
  );
  expect(await awaitVetting(question)).toMatchObject({ kind: 'secure' });
  expect(starts).toEqual([`${id}-1`, `${id}-2`]);
});

test('executions that all die end the wait with a clear error', async () => {
  const { question, starts } = world(() => undefined, 100_000);
  await expect(awaitVetting(question)).rejects.toMatchObject({ code: 'workflow-dies', exit: 'unavailable' });
  expect(starts).toHaveLength(4);
});

test('the record of an older attempt is not mistaken for the answer', async () => {
  const old = ended('SECURE', 500, 1);
  const { question } = world((_, seconds) => (seconds < 10 ? old : recordOf({ attempt: 2, status: 'HELD' })));
  expect(await awaitVetting(question)).toMatchObject({ kind: 'refused', record: { attempt: 2 } });
});

test('the wait ends when it runs out, with the last record seen', async () => {
  const { question, seconds } = world((_, at) => recordOf({ step: 'wait', leaseUntil: now + at * 1000 + 90_000 }), 60);
  expect(await awaitVetting(question)).toMatchObject({ kind: 'still-running', record: { step: 'wait' } });
  expect(seconds()).toBeGreaterThanOrEqual(60);
  expect(seconds()).toBeLessThan(66);
});

test('a few failed reads are borne, a lasting failure is not', async () => {
  const unavailable = new AwspipError('aws-unavailable', 'gone', { exit: 'unavailable' });
  let reads = 0;
  const passing = world(() => {
    reads += 1;
    if (reads > 1 && reads < 4) throw unavailable;
    return reads === 1 ? undefined : recordOf({ status: 'SECURE' });
  });
  expect(await awaitVetting(passing.question)).toMatchObject({ kind: 'secure' });
  const lasting = world((started) => {
    if (started.length > 0) throw unavailable;
    return undefined;
  });
  await expect(awaitVetting(lasting.question)).rejects.toBe(unavailable);
});

test('a request out of all bounds is refused before anything is read or started', async () => {
  const { question, starts } = world(() => {
    throw new Error('read');
  });
  const ask = { ...question.ask, roots: ['x'.repeat(3000)] };
  await expect(awaitVetting({ ...question, ask })).rejects.toMatchObject({ exit: 'usage' });
  expect(starts).toEqual([]);
});
