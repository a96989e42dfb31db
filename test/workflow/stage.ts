import type { RequestRecord, Status } from '../../src/vetting/types.ts';
import type { WorkflowPorts } from '../../src/workflow/ports.ts';
import { workflowTasks } from '../../src/workflow/tasks.ts';
import { release } from '../vetting/examples.ts';
import { type TestTable, testTable } from '../vetting/table.ts';
import { type How, runWorkflow } from './engine.ts';
import { testWorld } from './support.ts';

export type Stage = {
  readonly table: TestTable;
  /** Epoch milliseconds; runs as the real clock does. */
  readonly now: () => number;
  /** Lets so much time have passed. */
  readonly pass: (milliseconds: number) => void;
  readonly world: (given: Parameters<typeof testWorld>[2]) => ReturnType<typeof testWorld>;
  readonly run: (ports: WorkflowPorts, input: object, how?: How) => Promise<'SUCCEEDED' | 'FAILED'>;
  readonly read: (requestId: string) => Promise<RequestRecord | undefined>;
  readonly statusOf: (text: string) => Promise<Status | undefined>;
  readonly close: () => Promise<void>;
};

/** A table on a real DynamoDB imitation, the deployed document on a real engine, and small worlds around them. */
export async function openStage(): Promise<Stage> {
  const table = await testTable();
  const began = Date.now();
  let ahead = Date.parse('2026-01-01T00:00:00Z') - began;
  const now = () => ahead + Date.now();
  const timer = setInterval(() => {
    table.clock.now = now();
  }, 5);
  const { store } = table;
  return {
    table,
    now,
    pass: (milliseconds) => {
      ahead += milliseconds;
    },
    world: (given) => {
      table.clock.now = now();
      return testWorld(store, now, given);
    },
    run: (ports, input, how) => runWorkflow(workflowTasks(ports), input, how),
    read: (requestId) => store.readRequest(requestId, { consistent: true }),
    statusOf: async (text) => (await store.readRelease(release(text), { consistent: true }))?.status,
    close: () => {
      clearInterval(timer);
      return table.close();
    },
  };
}
