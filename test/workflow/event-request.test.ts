import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { ReleaseRecord, RequestRecord } from '../../src/vetting/types.ts';
import {
  decideEvent,
  type EventPorts,
  eventRequestContent,
  lateImport,
  nextAttempt,
} from '../../src/workflow/event-request.ts';
import { recordOf } from '../vetting/examples.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

function ports(record?: RequestRecord, places = 1): EventPorts & { readonly asked: string[] } {
  const asked: string[] = [];
  let left = places;
  return {
    asked,
    store: {
      readRequest: async (id) => {
        asked.push(id);
        return record;
      },
    },
    environmentOf: () => undefined,
    take: async () => left-- > 0,
    now: () => now,
  };
}

test('a miss that nobody has answered starts one execution, named by what it asks and when', async () => {
  const event = { package: 'Demo_Project', userAgent: 'pip/26.0' };
  const first = await decideEvent(event, ports());
  const again = await decideEvent({ ...event, package: 'demo-project' }, ports());
  expect(first).toMatchObject({ kind: 'start', input: event, name: expect.stringMatching(/^[0-9a-f]{32}-e\d+$/) });
  expect((first as { name: string }).name).toBe((again as { name: string }).name);
});

test.each<[string, unknown]>([
  ['no project', { package: '../../etc', userAgent: 'pip/26.0' }],
  ['a name that is no text', { package: { a: 1 } }],
  ['a name of a thousand letters', { package: 'a'.repeat(1000) }],
])('%s costs nothing', async (_, event) => {
  const to = ports();
  expect(await decideEvent(event, to)).toEqual({ kind: 'ignored' });
  expect(to.asked).toEqual([]);
});

test('a miss that is being vetted, or was answered just now, starts nothing and takes no place', async () => {
  const running = recordOf({ status: 'CHECK', leaseUntil: now + 60_000 });
  const answered = recordOf({ status: 'BLOCKED', endedAt: new Date(now - 60_000).toISOString() });
  for (const record of [running, answered]) {
    expect(await decideEvent({ package: 'demo' }, ports(record, 0))).toEqual({ kind: 'known' });
  }
});

test('made-up names stop where the places of the minute end', async () => {
  const to = ports(undefined, 3);
  const kinds: string[] = [];
  for (let at = 0; at < 5; at += 1) kinds.push((await decideEvent({ package: `spray-${at}` }, to)).kind);
  expect(kinds).toEqual(['start', 'start', 'start', 'too-many', 'too-many']);
});

const failed = (cause: string, status: ReleaseRecord['status'] = 'ERROR'): ReleaseRecord => ({
  name: normaliseName('demo'),
  version: '1.0',
  status,
  cause,
  execution: 'x-1',
  leaseUntil: 0,
  requestedBy: 'dev',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
});

const store = (release: ReleaseRecord | undefined, request?: RequestRecord) => ({
  now: () => now,
  store: { readRelease: async () => release, readRequest: async () => request },
});
const event = { package: 'demo', version: '1.0' };
const slow = 'CodeArtifact has not finished importing demo 1.0 after 240 seconds';

test('an import that ends after the wait for it is taken up again, for that release alone', async () => {
  expect(await lateImport(event, store(failed(slow)))).toMatchObject({
    roots: ['demo==1.0'],
    options: { noDeps: true },
    attempt: 1,
  });
});

test.each<[string, unknown, ReleaseRecord | undefined]>([
  ['of a release that nobody asked for', event, undefined],
  ['of a release that is on its way', event, failed('', 'INGEST')],
  ['of a release that failed otherwise', event, failed('the firewall failed')],
  ['of what is no release', { package: 'demo', version: '1.0 or 2' }, failed(slow)],
  ['that says nothing', null, failed(slow)],
])('an import %s is let be', async (_, said, record) => {
  expect(await lateImport(said, store(record))).toBeUndefined();
});

test('what is being worked on is not asked for again; what ended is, as the next attempt', async () => {
  const ask = eventRequestContent(['demo'], { noDeps: false, upgrade: true }, 'recheck');
  const running = recordOf({ status: 'CHECK', leaseUntil: now + 1 });
  expect(await nextAttempt(ask, store(undefined, running))).toBeUndefined();
  expect(await nextAttempt(ask, store(undefined, recordOf({ status: 'SECURE', attempt: 4 })))).toMatchObject({
    attempt: 5,
  });
});
