import { expect, test } from 'vitest';
import { failedRequests, splitOpen } from '../../src/review/status.ts';
import type { RequestRecord } from '../../src/vetting/types.ts';
import { recordOf } from '../vetting/examples.ts';

const request = (id: string): RequestRecord => recordOf({ requestId: id, execution: `${id}-1`, status: 'CHECK' });
const idsOf = (records: readonly RequestRecord[]) => records.map(({ requestId }) => requestId);

test('a request stays under way while its execution runs, or while nobody says that it stopped', async () => {
  const open = [request('runs'), request('unanswered')];
  const { requests, stopped } = await splitOpen(open, {
    isRunning: async (name) => (name === 'runs-1' ? true : undefined),
    readRequest: async () => expect.unreachable('nothing is read again'),
  });
  expect([idsOf(requests), idsOf(stopped)]).toEqual([['runs', 'unanswered'], []]);
});

test('a request whose execution stopped is under way only if another execution has claimed it', async () => {
  const now: Record<string, RequestRecord> = {
    dead: request('dead'),
    claimed: { ...request('claimed'), execution: 'claimed-2' },
    done: { ...request('done'), status: 'SECURE' },
  };
  const open = ['dead', 'claimed', 'done', 'deleted'].map(request);
  const { requests, stopped } = await splitOpen(open, {
    isRunning: async () => false,
    readRequest: async (id) => now[id],
  });
  expect([idsOf(requests), idsOf(stopped)]).toEqual([['claimed'], ['dead']]);
});

test('requests that failed in the last seven days are listed, the newest first', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  const failed = (requestId: string, daysAgo: number): RequestRecord =>
    recordOf({ requestId, status: 'ERROR', updatedAt: new Date(now - daysAgo * 24 * 3_600_000).toISOString() });
  const found = failedRequests([failed('old', 7), failed('six', 6), failed('today', 0)], now);
  expect(idsOf(found)).toEqual(['today', 'six']);
});
