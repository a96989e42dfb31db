import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { historyEvent } from '../../src/local/step-functions/history.ts';
import { openJournal } from '../../src/local/step-functions/journal.ts';
import { temporaryFolder } from './support/stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the journal of executions', () => {
  const execution = { name: 'one', status: 'RUNNING' as const, startDate: 1_000, input: '{}' };

  it('moves executions from running to closed, and removes them after 90 days', async () => {
    const journal = await openJournal(folder, 0, () => {});
    await journal.write(execution);
    expect((await journal.list('RUNNING')).map(({ name }) => name)).toEqual(['one']);
    await journal.write({ ...execution, status: 'SUCCEEDED', stopDate: 2_000 });
    expect(await journal.list('RUNNING')).toEqual([]);
    expect((await journal.read('one'))?.status).toBe('SUCCEEDED');
    const later = await openJournal(folder, 91 * 24 * 3600 * 1000, () => {});
    expect(await later.read('one')).toBeUndefined();
  });

  it('ignores an incomplete line of a history', async () => {
    const journal = await openJournal(folder, 0, () => {});
    const event = { id: 1, previousEventId: 0, timestamp: 1, type: 'ExecutionStarted' };
    await journal.append('one', [event]);
    const [file = ''] = await readdir(join(folder, 'history'));
    await writeFile(join(folder, 'history', file), '{"id":2,"typ', { flag: 'a' });
    expect(await journal.history('one')).toEqual([event]);
  });

  it('translates interpreter events to the events of Step Functions', () => {
    const failed = { type: 'ExecutionFailed', timestamp: 5000, Error: 'Broken', Cause: new Error('why') };
    expect(historyEvent(failed, 7)).toEqual({
      id: 7,
      previousEventId: 6,
      timestamp: 5,
      type: 'ExecutionFailed',
      executionFailedEventDetails: { error: 'Broken', cause: 'why' },
    });
    expect(
      historyEvent({ type: 'StateCaught', timestamp: 1, state: { name: 'x', type: 'Task', input: {} } }, 1),
    ).toBeUndefined();
  });
});
