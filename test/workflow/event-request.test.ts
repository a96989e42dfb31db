import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { ReleaseRecord, RequestRecord } from '../../src/vetting/types.ts';
import {
  automaticRequest,
  decideEvent,
  type EventPorts,
  lateImportRequest,
  nextAttempt,
} from '../../src/workflow/event-request.ts';
import { recordOf } from '../vetting/examples.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

function ports(record?: RequestRecord, maxStarts = 1): EventPorts & { readonly reads: string[] } {
  const reads: string[] = [];
  let remaining = maxStarts;
  return {
    reads,
    store: {
      readRequest: async (id) => {
        reads.push(id);
        return record;
      },
    },
    environmentOf: () => undefined,
    countStart: async () => remaining-- > 0,
    now: () => now,
  };
}

test('an event without a verdict starts one execution, named after the request and the time window', async () => {
  const event = { package: 'Demo_Project', userAgent: 'pip/26.0' };
  const first = await decideEvent(event, ports());
  const second = await decideEvent({ ...event, package: 'demo-project' }, ports());
  expect(first).toMatchObject({ kind: 'start', input: event, name: expect.stringMatching(/^[0-9a-f]{32}-e\d+$/) });
  expect((first as { name: string }).name).toBe((second as { name: string }).name);
});

test.each<[string, unknown]>([
  ['a path', { package: '../../etc', userAgent: 'pip/26.0' }],
  ['an object', { package: { a: 1 } }],
  ['a thousand letters', { package: 'a'.repeat(1000) }],
])('%s as project name is ignored without a read', async (_, event) => {
  const eventPorts = ports();
  expect(await decideEvent(event, eventPorts)).toEqual({ kind: 'ignored' });
  expect(eventPorts.reads).toEqual([]);
});

test('an event for a running or recently ended request starts nothing and is not counted', async () => {
  const running = recordOf({ status: 'CHECK', leaseUntil: now + 60_000 });
  const answered = recordOf({ status: 'BLOCKED', endedAt: new Date(now - 60_000).toISOString() });
  for (const record of [running, answered]) {
    expect(await decideEvent({ package: 'demo' }, ports(record, 0))).toEqual({ kind: 'known' });
  }
});

test('invented names start executions up to the limit per minute', async () => {
  const eventPorts = ports(undefined, 3);
  const kinds: string[] = [];
  for (let at = 0; at < 5; at += 1) kinds.push((await decideEvent({ package: `spray-${at}` }, eventPorts)).kind);
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

test('an import that finishes late starts a new request for that release only', async () => {
  expect(await lateImportRequest(event, store(failed(slow)))).toMatchObject({
    roots: ['demo==1.0'],
    options: { noDeps: true },
    attempt: 1,
  });
});

test.each<[string, unknown, ReleaseRecord | undefined]>([
  ['of an unrequested release', event, undefined],
  ['of a release in vetting', event, failed('', 'INGEST')],
  ['of a release with another failure', event, failed('the firewall failed')],
  ['with an invalid version', { package: 'demo', version: '1.0 or 2' }, failed(slow)],
  ['without content', null, failed(slow)],
])('an import event %s is ignored', async (_, importEvent, record) => {
  expect(await lateImportRequest(importEvent, store(record))).toBeUndefined();
});

test('a running request gets no next attempt, an ended one does', async () => {
  const content = automaticRequest(['demo'], { noDeps: false, upgrade: true }, 'recheck');
  const running = recordOf({ status: 'CHECK', leaseUntil: now + 1 });
  expect(await nextAttempt(content, store(undefined, running))).toBeUndefined();
  expect(await nextAttempt(content, store(undefined, recordOf({ status: 'SECURE', attempt: 4 })))).toMatchObject({
    attempt: 5,
  });
});
