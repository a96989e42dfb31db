import { polyfillWithResolvers } from '../../src/local/step-functions/with-resolvers.ts';
import { executionName } from '../../src/vetting/request-id.ts';
import type { VettingRequest } from '../../src/vetting/types.ts';
import { vettingWorkflow } from '../../src/workflow/definition.ts';
import type { TaskName } from '../../src/workflow/task-names.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import type { Task } from '../../src/workflow/tasks.ts';

polyfillWithResolvers();
const { StateMachine } = await import('aws-local-stepfunctions');

export type RunOptions = {
  readonly name?: string;
  readonly abort?: AbortSignal;
  /** Receives the input of every state but the first. */
  readonly watch?: (state: unknown) => void;
};

/** Runs the deployed document on the local engine with JSON payloads, and returns the execution's status. */
export async function runWorkflow(
  tasks: Record<TaskName, Task>,
  input: object,
  { name, abort, watch }: RunOptions = {},
): Promise<'SUCCEEDED' | 'FAILED'> {
  const handlers = taskNames.map((task) => [
    task,
    async (parameters: { FunctionName: string; Payload: unknown }) => {
      const result = (await tasks[parameters.FunctionName as TaskName](throughJson(parameters.Payload))) ?? null;
      return { Payload: throughJson(result) };
    },
  ]);
  const definition = vettingWorkflow((task) => task);
  const machine = new StateMachine(definition as never, { validationOptions: { checkArn: true, checkPaths: true } });
  const execution = machine.run(input as never, {
    context: { Execution: { Name: name ?? executionName(input as VettingRequest), Id: 'arn' } },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers),
      waitTimeOverrides: { WaitForOthers: 50, WaitToRetry: 10, WaitForImport: 10 },
    },
  });
  const watching = async () => {
    for await (const event of execution.eventLogs) {
      if (event.type === 'StateEntered' && event.state.name !== 'Begin') watch?.(event.state.input);
    }
  };
  if (watch) void watching();
  abort?.addEventListener('abort', () => execution.abort());
  return execution.result.then(
    () => 'SUCCEEDED' as const,
    () => 'FAILED' as const,
  );
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
