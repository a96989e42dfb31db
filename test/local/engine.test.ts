import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { engine } from '../../src/local/step-functions/engine.ts';
import type { Task } from '../../src/local/types.ts';
import { vettingWorkflow } from '../../src/workflow/definition.ts';
import { smallDefinition, smallTasks } from './support/small-workflow.ts';

const arn = 'arn:aws:states:us-east-1:000000000000:execution:awspip-vetting:one';
const execution = (input: unknown) => ({ name: 'one', arn, startDate: 0, input });

async function run(definition: object, tasks: Record<string, Task>, input: unknown) {
  const started = (await engine(definition, tasks)).start(execution(input));
  const types: string[] = [];
  for await (const { type } of started.events) types.push(type);
  return { ...(await started.outcome), types };
}

const deployed = vettingWorkflow((task) => `arn:aws:lambda:eu-west-1:123456789012:function:awspip-${task}`);

describe('the engine', () => {
  it('accepts only a valid States Language document', () => {
    expect(() => new StateMachine(deployed as never)).not.toThrow();
    expect(() => new StateMachine({ ...deployed, StartAt: 'Nowhere' } as never)).toThrow('invalid');
  });

  it('runs the deployed document, and finds each task by its name', async () => {
    const called: string[] = [];
    const answers: Record<string, unknown> = {
      Claim: { ours: true },
      Resolve: { next: 'vet', round: 1, outcome: 'solved', batches: [['a'], ['b']], batchCount: 2 },
      ClaimReleases: { any: true, keys: [], claimedAt: '2026-01-01T00:00:00.000Z' },
      Assess: { allowed: true },
      Copy: { importing: false, seconds: 1 },
      Review: { next: 'conclude', end: { status: 'BLOCKED' } },
    };
    const tasks = Object.fromEntries(
      ['Claim', 'Resolve', 'ClaimReleases', 'Assess', 'Ingest', 'Inspect', 'Copy', 'Review', 'Notify'].map(
        (name): [string, Task] => [
          name,
          async () => {
            called.push(name);
            return answers[name];
          },
        ],
      ),
    );
    expect(await run(deployed, tasks, { package: 'demo' })).toMatchObject({ status: 'SUCCEEDED' });
    const once = ['Claim', 'Resolve', 'Review', 'Notify'];
    const twice = ['ClaimReleases', 'Assess', 'Ingest', 'Inspect', 'Copy'];
    expect(called.toSorted()).toEqual([...once, ...twice, ...twice].sort());
  });

  it('passes the name and the input of the execution to its tasks', async () => {
    const claimed: unknown[] = [];
    const tasks = { Claim: async (payload: never) => ({ ours: false, seen: claimed.push(payload) }) };
    await run(deployed, tasks, { package: 'demo' });
    const arn = 'arn:aws:states:us-east-1:000000000000:execution:awspip-vetting:one';
    expect(claimed).toEqual([{ task: 'Claim', request: { package: 'demo' }, execution: 'one', arn }]);
  });

  it('limits payloads to 256 KiB and to JSON values, as Step Functions does', async () => {
    const large = { ...smallTasks(), plan: async () => ({ items: ['x'.repeat(300_000)], again: false }) };
    expect(await run(smallDefinition, large, {})).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
    const notJson = {
      ...smallTasks(),
      plan: async () => ({ items: [], again: false, when: new Date(0), none: undefined }),
    };
    const { output } = (await run(smallDefinition, notJson, {})) as { output?: string };
    expect(JSON.parse(output ?? '')).toEqual({ items: [], again: false, when: '1970-01-01T00:00:00.000Z', done: [] });
  });

  it('fails with Lambda.ResourceNotFoundException when a task does not exist', async () => {
    const outcome = await run(smallDefinition, {}, {});
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  });

  it('calls no further task after an abort, even if a Map has queued items', async () => {
    let calls = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tasks: Record<string, Task> = {
      plan: async () => ({ items: [1, 2, 3, 4, 5, 6, 7, 8], again: false }),
      work: async () => {
        calls += 1;
        await released;
      },
    };
    const started = (await engine(smallDefinition, tasks)).start(execution({}));
    await expect.poll(() => calls, { timeout: 10_000 }).toBe(2);
    started.abort();
    expect(await started.outcome).toMatchObject({ status: 'ABORTED' });
    release();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toBe(2);
  });
});
