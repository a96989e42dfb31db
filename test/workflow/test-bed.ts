import type { RequestRecord, Status } from '../../src/vetting/types.ts';
import type { WorkflowPorts } from '../../src/workflow/ports.ts';
import { workflowTasks } from '../../src/workflow/tasks.ts';
import { release } from '../vetting/examples.ts';
import { type TestTable, testTable } from '../vetting/table.ts';
import { type RunOptions, runWorkflow } from './engine.ts';
import { preparePorts } from './prepare-ports.ts';

export type TestBed = {
  readonly table: TestTable;
  /** Returns epoch milliseconds of a clock that runs at the real speed. */
  readonly now: () => number;
  /** Moves the clock forward. */
  readonly pass: (milliseconds: number) => void;
  readonly prepare: (scenario: Parameters<typeof preparePorts>[2]) => ReturnType<typeof preparePorts>;
  readonly run: (ports: WorkflowPorts, input: object, options?: RunOptions) => Promise<'SUCCEEDED' | 'FAILED'>;
  readonly read: (requestId: string) => Promise<RequestRecord | undefined>;
  readonly statusOf: (text: string) => Promise<Status | undefined>;
  readonly close: () => Promise<void>;
};

/** Opens an in-memory DynamoDB table, on which `run` executes the deployed document with prepared ports. */
export async function openTestBed(): Promise<TestBed> {
  const table = await testTable();
  let ahead = Date.parse('2026-01-01T00:00:00Z') - Date.now();
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
    prepare: (scenario) => {
      table.clock.now = now();
      return preparePorts(store, now, scenario);
    },
    run: (ports, input, options) => runWorkflow(workflowTasks(ports), input, options),
    read: (requestId) => store.readRequest(requestId, { consistent: true }),
    statusOf: async (text) => (await store.readRelease(release(text), { consistent: true }))?.status,
    close: () => {
      clearInterval(timer);
      return table.close();
    },
  };
}
