import { describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { awaitVetting, beginVetting, type VettingWait } from '../../src/vetting/await-vetting.ts';
import { checkRequestContent } from '../../src/vetting/check-request.ts';
import { joinOrStart } from '../../src/vetting/join-or-start.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import type { RequestRecord } from '../../src/vetting/types.ts';
import { recordOf, requestContent } from './examples.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const iso = (at: number) => new Date(at).toISOString();
const client = { isRunning: undefined, since: now - 10_000, usedAttempt: 0 };
const ended = (status: RequestRecord['status'], secondsAgo: number, attempt = 3) =>
  recordOf({ status, attempt, endedAt: iso(now - secondsAgo * 1000), leaseUntil: 0 });

test.each([
  ['that runs is joined', true, { kind: 'join', attempt: 2 }],
  ['that the engine gives no answer about is joined', undefined, { kind: 'join', attempt: 2 }],
  ['that ended without a verdict leads to the next attempt', false, { kind: 'start', attempt: 3 }],
] as const)('an execution %s, whatever the clocks say', (_, isRunning, expected) => {
  for (const leaseUntil of [0, now - 3_600_000, now + 3_600_000]) {
    expect(joinOrStart(recordOf({ attempt: 2, leaseUntil }), { ...client, isRunning })).toEqual(expected);
  }
});

test.each<[string, RequestRecord | undefined, object]>([
  ['without a record, the client starts the first attempt', undefined, { kind: 'start', attempt: 1 }],
  ['SECURE reached shortly before pip ran is used', ended('SECURE', 125), { kind: 'answer' }],
  ['an old SECURE leads to a new attempt', ended('SECURE', 131), { kind: 'start', attempt: 4 }],
  ['BLOCKED reached while pip ran is used', ended('BLOCKED', 5), { kind: 'answer' }],
  ['BLOCKED reached before pip ran leads to a new attempt', ended('BLOCKED', 15), { kind: 'start', attempt: 4 }],
  ['HELD reached while pip ran is used', ended('HELD', 5), { kind: 'answer' }],
  ['ERROR always leads to a new attempt', ended('ERROR', 1), { kind: 'start', attempt: 4 }],
])('%s', (_, record, expected) => {
  expect(joinOrStart(record, client)).toMatchObject(expected);
});

test('a verdict that the client has used without success is not used again', () => {
  expect(joinOrStart(ended('SECURE', 5), { ...client, usedAttempt: 3 })).toEqual({ kind: 'start', attempt: 4 });
  expect(joinOrStart(undefined, { ...client, usedAttempt: 3 })).toEqual({ kind: 'start', attempt: 4 });
});

test('the identity of a request ignores the order of the roots and the requester, and nothing else', () => {
  const id = requestId(requestContent('b', 'a'));
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(requestId({ ...requestContent('a', 'b', 'a'), requestedBy: 'other' } as never)).toBe(id);
  expect(requestId(requestContent('a', 'b>1'))).not.toBe(id);
  expect(requestId({ ...requestContent('a', 'b'), constraints: ['c<1'] })).not.toBe(id);
  const { options } = requestContent('a');
  expect(requestId({ ...requestContent('a', 'b'), options: { ...options, upgrade: true } })).not.toBe(id);
  const limited = (uploadedBefore: typeof options.uploadedBefore) =>
    requestId({ ...requestContent('a', 'b'), options: { ...options, uploadedBefore } });
  const time = '2026-01-01T00:00:00.000Z';
  expect(
    new Set([limited({ all: time }), limited({ projects: { a: time } }), limited({ projects: { a: null } }), id]).size,
  ).toBe(4);
  expect(limited({ all: time, projects: { b: null, a: time } })).toBe(
    limited({ projects: { a: time, b: null }, all: time }),
  );
});

test('the identity of a request without a cut-off is that of earlier versions, whose records stay valid', () => {
  const content = requestContent('b', 'a');
  expect(requestId(content)).toBe('9e94ddb83b5ac4f882b243293b1d7814');
  const options = { ...content.options, uploadedBefore: undefined };
  expect(requestId(checkRequestContent({ ...content, options }))).toBe(requestId(content));
});

test('a cut-off that is no time, or names too many projects, is rejected before an execution starts', () => {
  const content = requestContent('a');
  const check = (uploadedBefore: unknown) =>
    checkRequestContent({ ...content, options: { ...content.options, uploadedBefore } }).options.uploadedBefore;
  const valid = { all: '2026-01-01T00:00:00.000Z', projects: { a: null } };
  expect(check(valid)).toEqual(valid);
  expect(() => check({ all: 'yesterday' })).toThrow('the vetting request is invalid');
  expect(() => check({ projects: { a: 3 } })).toThrow('the vetting request is invalid');
  const many = Object.fromEntries(Array.from({ length: 5_001 }, (_, at) => [`p${at}`, null]));
  expect(() => check({ projects: many })).toThrow('too many projects');
});

/** Returns a wait whose clock advances only by sleeping, with records from `script`, and answers of the engine. */
function simulate(
  script: (starts: readonly string[], seconds: number) => RequestRecord | undefined,
  waitSeconds = 120,
  isRunning: (name: string, seconds: number) => boolean | undefined = () => true,
  ahead = 0,
) {
  const clock = { now: now + ahead };
  const elapsed = () => (clock.now - now - ahead) / 1000;
  const starts: string[] = [];
  const progress: string[] = [];
  const options: VettingWait = {
    content: requestContent('demo'),
    since: now + ahead,
    clockOffset: () => -ahead,
    waitSeconds,
    store: { readRequest: async () => script(starts, elapsed()) },
    starter: {
      async start(name) {
        starts.push(name);
        return 'started';
      },
      isRunning: async (name) => isRunning(name, elapsed()),
    },
    now: () => clock.now,
    sleep: async (milliseconds) => {
      clock.now += Math.max(1, milliseconds);
    },
    random: () => 0.5,
    onProgress: ({ step, status }) => progress.push(`${status} ${step}`),
  };
  return { options, starts, progress, seconds: elapsed };
}
const id = requestId(requestContent('demo'));

test('the client starts one execution, reports each step once and returns the verdict', async () => {
  const { options, starts, progress } = simulate((started, seconds) => {
    if (started.length === 0) return undefined;
    const leaseUntil = now + seconds * 1000 + 90_000;
    if (seconds < 3) return recordOf({ step: 'resolve', leaseUntil });
    if (seconds < 8) return recordOf({ step: 'ingest', leaseUntil });
    return recordOf({ step: 'done', status: 'SECURE' });
  });
  expect(await awaitVetting(options)).toMatchObject({ kind: 'secure', joined: false });
  expect(starts).toEqual([`${id}-1`]);
  expect(progress).toEqual(['CHECK resolve', 'CHECK ingest', 'SECURE done']);
});

test('a vetting that was begun early is joined, and none is begun that runs or has a fresh verdict', async () => {
  const { options, starts } = simulate((started, seconds) =>
    started.length === 0
      ? undefined
      : recordOf({ status: seconds < 3 ? 'CHECK' : 'SECURE', attempt: 1, endedAt: iso(now) }),
  );
  await beginVetting(options);
  expect(await awaitVetting(options)).toMatchObject({ kind: 'secure', joined: true });
  await beginVetting({ ...options, since: now });
  expect(starts).toEqual([`${id}-1`]);
});

test('while other executions run first, the client reports how many, and starts no other execution', async () => {
  const queued: number[] = [];
  const { options, starts, seconds } = simulate((_, at) =>
    at < 60 ? undefined : recordOf({ status: at < 65 ? 'CHECK' : 'SECURE' }),
  );
  const others = (name: string) => (name === `${id}-1` ? Math.max(0, 12 - Math.floor(seconds() / 5)) : 0);
  const starter = { ...options.starter, waitsForOthers: async (name: string) => others(name) };
  const waiting = { ...options, starter, onQueued: (count: number) => void queued.push(count) };
  expect(await awaitVetting(waiting)).toMatchObject({ kind: 'secure' });
  expect(starts).toEqual([`${id}-1`]);
  expect(queued[0]).toBe(12);
  expect(queued.at(-1)).toBeLessThan(3);
});

test('a later client joins the running execution and starts none', async () => {
  const { options, starts } = simulate((_, seconds) =>
    seconds < 5 ? recordOf({ leaseUntil: now + 90_000, attempt: 2 }) : recordOf({ attempt: 2, status: 'BLOCKED' }),
  );
  expect(await awaitVetting(options)).toMatchObject({ kind: 'refused', joined: true });
  expect(starts).toEqual([]);
});

const hour = 3_600_000;

describe.each([0, hour, -hour])('with a clock that is %i ms ahead', (ahead) => {
  test('a client joins a running execution and starts none, even if its record does not change for minutes', async () => {
    const { options, starts } = simulate(
      (_, at) => recordOf({ attempt: 2, leaseUntil: now + 90_000, status: at < 600 ? 'CHECK' : 'SECURE' }),
      900,
      () => true,
      ahead,
    );
    expect(await awaitVetting(options)).toMatchObject({ kind: 'secure', joined: true });
    expect(starts).toEqual([]);
  });

  test('when the execution it waits for is killed, the client starts the next attempt and waits for it', async () => {
    const { options, starts, seconds } = simulate(
      (started, at) => {
        if (started.length === 0) return recordOf({ execution: 'killed', attempt: 1, leaseUntil: now + 20_000 });
        return at < 40 ? undefined : recordOf({ attempt: 2, status: 'SECURE' });
      },
      120,
      (name, at) => name !== 'killed' || at < 1,
      ahead,
    );
    expect(await awaitVetting(options)).toMatchObject({ kind: 'secure', joined: false, record: { attempt: 2 } });
    expect(starts).toEqual([`${id}-2`]);
    expect(seconds()).toBeLessThan(60);
  });

  test('a verdict from before the failed run of pip is not used, and a later one is', async () => {
    const verdictAt = async (milliseconds: number) => {
      const endedAt = iso(now + milliseconds);
      const record = recordOf({ attempt: 1, status: 'BLOCKED', endedAt });
      const { options, starts } = simulate(
        () => record,
        5,
        () => true,
        ahead,
      );
      await awaitVetting(options);
      return starts;
    };
    expect(await verdictAt(1_000)).toEqual([]);
    expect(await verdictAt(-60_000)).toEqual([`${id}-2`]);
  });

  test('without an answer of the engine, the client watches the record', async () => {
    const moving = simulate(
      (_, at) => recordOf({ leaseUntil: now + Math.floor(at / 25) * 25_000, status: at < 600 ? 'CHECK' : 'SECURE' }),
      900,
      () => undefined,
      ahead,
    );
    expect(await awaitVetting(moving.options)).toMatchObject({ kind: 'secure' });
    expect(moving.starts).toEqual([]);
    const silent = simulate(
      (started) => (started.length === 0 ? recordOf({ leaseUntil: now }) : recordOf({ attempt: 2, status: 'SECURE' })),
      900,
      () => undefined,
      ahead,
    );
    expect(await awaitVetting(silent.options)).toMatchObject({ kind: 'secure' });
    expect(silent.starts).toEqual([`${id}-2`]);
  });
});

test('an execution that ended before its last record was read is no dead one', async () => {
  let reads = 0;
  const { options, starts } = simulate(
    () => {
      reads += 1;
      return recordOf({ status: reads < 2 ? 'CHECK' : 'SECURE', endedAt: iso(now) });
    },
    120,
    () => false,
  );
  expect(await awaitVetting(options)).toMatchObject({ kind: 'secure' });
  expect(starts).toEqual([]);
});

test('after an execution that died without a claim, the client starts the next attempt', async () => {
  const { options, starts } = simulate(
    (started) => (started.length < 2 ? undefined : recordOf({ attempt: 2, status: 'SECURE' })),
    120,
    (name) => name !== `${id}-1`,
  );
  expect(await awaitVetting(options)).toMatchObject({ kind: 'secure' });
  expect(starts).toEqual([`${id}-1`, `${id}-2`]);
});

test('the wait ends with an error when every execution dies', async () => {
  const { options, starts } = simulate(
    () => undefined,
    100_000,
    () => false,
  );
  await expect(awaitVetting(options)).rejects.toMatchObject({ code: 'workflow-stopped', exit: 'unavailable' });
  expect(starts).toHaveLength(4);
});

test('the record of an earlier attempt does not count', async () => {
  const old = ended('SECURE', 500, 1);
  const { options } = simulate((_, seconds) => (seconds < 10 ? old : recordOf({ attempt: 2, status: 'HELD' })));
  expect(await awaitVetting(options)).toMatchObject({ kind: 'refused', record: { attempt: 2 } });
});

test('when the time runs out, the wait returns the last record read', async () => {
  const { options, seconds } = simulate(
    (_, at) => recordOf({ step: 'wait', leaseUntil: now + at * 1000 + 90_000 }),
    60,
  );
  expect(await awaitVetting(options)).toMatchObject({ kind: 'still-running', record: { step: 'wait' } });
  expect(seconds()).toBeGreaterThanOrEqual(60);
  expect(seconds()).toBeLessThan(66);
});

test('the wait tolerates a few failed reads, but not a lasting failure', async () => {
  const unavailable = new AwspipError('aws-unavailable', 'gone', { exit: 'unavailable' });
  let reads = 0;
  const transient = simulate(() => {
    reads += 1;
    if (reads > 1 && reads < 4) throw unavailable;
    return reads === 1 ? undefined : recordOf({ status: 'SECURE' });
  });
  expect(await awaitVetting(transient.options)).toMatchObject({ kind: 'secure' });
  const lasting = simulate((started) => {
    if (started.length > 0) throw unavailable;
    return undefined;
  });
  await expect(awaitVetting(lasting.options)).rejects.toBe(unavailable);
});

test('a wait whose time ends without an answer of the table reports that, and not that the vetting runs', async () => {
  const unavailable = new AwspipError('aws-unavailable', 'gone', { exit: 'unavailable' });
  const { options } = simulate((started, seconds) => {
    if (started.length > 0 && seconds > 1) throw unavailable;
    return undefined;
  }, 2);
  await expect(awaitVetting(options)).rejects.toBe(unavailable);
});

test('a request beyond its limits is rejected before any read or start', async () => {
  const { options, starts } = simulate(() => {
    throw new Error('read');
  });
  const content = { ...options.content, roots: ['x'.repeat(3000)] };
  await expect(awaitVetting({ ...options, content })).rejects.toMatchObject({ exit: 'usage' });
  expect(starts).toEqual([]);
});
