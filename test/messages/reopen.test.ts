import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import { reopenRequests, reopenVetted } from '../../src/review/reopen.ts';
import type { Records } from '../../src/review/types.ts';
import type { Approval, Refusal, RequestRecord } from '../../src/vetting/types.ts';
import { recordOf } from '../vetting/examples.ts';

const approval: Approval = {
  id: 'one',
  name: normaliseName('demo'),
  specifier: '>=1,<2',
  kind: 'approve',
  reason: 'read it',
  owner: 'lea',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const refused = (name: string, version: string | null): Refusal => ({
  name: normaliseName(name),
  version,
  kind: 'BLOCKED',
  reasons: [],
  similarPackages: [],
  fatal: true,
});
const request = (requestId: string, ...refusals: Refusal[]) => recordOf({ requestId, status: 'BLOCKED', refusals });

function records(given: Partial<Records> & { readonly requests?: readonly RequestRecord[] }) {
  const done: string[] = [];
  const all = {
    listByStatus: async (status: string) => ({
      releases: [],
      requests: status === 'BLOCKED' ? (given.requests ?? []) : [],
    }),
    reopenRequest: async ({ requestId }: RequestRecord) => {
      done.push(`reopen ${requestId}`);
      return true;
    },
    restartVetting: async ({ requestId }: RequestRecord) => {
      done.push(`start ${requestId}`);
      return true;
    },
    ...given,
  };
  return { done, records: all as unknown as Records };
}

test('an approval reopens and restarts the requests that it concerns, and no others', async () => {
  const { done, records: given } = records({
    requests: [
      request('hit', refused('other', '1.5'), refused('demo', '1.5')),
      request('older', refused('demo', '0.9')),
      request('other', refused('other', '1.5')),
    ],
  });
  expect(await reopenRequests(given, [approval])).toEqual({ reopened: 1, started: 1 });
  expect(done).toEqual(['reopen hit', 'start hit']);
});

test('a request that runs already is not restarted; one that cannot be restarted stays reopened', async () => {
  const requests = [request('hit', refused('demo', '1.5'))];
  const running = records({ requests, reopenRequest: async () => false });
  expect(await reopenRequests(running.records, [approval])).toEqual({ reopened: 0, started: 0 });
  expect(running.done).toEqual([]);
  const unstartable = records({ requests, restartVetting: async () => Promise.reject(new Error('no permission')) });
  expect(await reopenRequests(unstartable.records, [approval])).toEqual({ reopened: 1, started: 0 });
});

test('a decision is kept although its requests cannot be listed; a bug is not hidden', async () => {
  const listByStatus = (error: Error) => records({ listByStatus: async () => Promise.reject(error) }).records;
  const denied = new AwspipError('aws-denied', 'no permission to query', { exit: 'denied' });
  expect(await reopenRequests(listByStatus(denied), [approval])).toMatchObject({ failure: 'no permission to query' });
  await expect(reopenRequests(listByStatus(new TypeError('bug')), [approval])).rejects.toThrow('bug');
});

test('a denial restarts no request', async () => {
  const { done, records: given } = records({ requests: [request('hit', refused('demo', '1.5'))] });
  expect(await reopenRequests(given, [{ ...approval, kind: 'deny' }])).toEqual({ reopened: 0, started: 0 });
  expect(done).toEqual([]);
});

test('archived releases reopen the requests that were vetted with them a moment ago', async () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  const vetted = (requestId: string, minutes: number) =>
    recordOf({ requestId, status: 'SECURE', endedAt: new Date(now - minutes * 60_000).toISOString() });
  const { done, records: given } = records({
    listByStatus: async () => ({
      releases: [],
      requests: [vetted('now', 1), vetted('other', 1), vetted('earlier', 60)],
    }),
    requestReleases: async (id: string) =>
      [{ name: normaliseName(id === 'other' ? 'other' : 'demo'), version: '1.5' }] as never,
  });
  await reopenVetted(given, normaliseName('demo'), ['1.5'], now);
  await reopenVetted(given, normaliseName('demo'), ['2.0'], now);
  expect(done).toEqual(['reopen now']);
});

test('requests that the holds name are reopened too, because a record names only some releases', async () => {
  const { done, records: given } = records({
    requests: [request('hit', refused('demo', '1.5'))],
    readRequest: async (requestId: string) =>
      requestId === 'gone' ? undefined : recordOf({ requestId, status: requestId === 'vetted' ? 'SECURE' : 'HELD' }),
  });
  expect(await reopenRequests(given, [approval], ['hit', 'large', 'gone', 'vetted', 'large'])).toMatchObject({
    reopened: 2,
  });
  expect(done).toEqual(['reopen hit', 'start hit', 'reopen large', 'start large']);
});
