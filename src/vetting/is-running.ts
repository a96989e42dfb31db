import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** Returns the ARN of an execution of a state machine, which may be given with a version or an alias. */
export function executionArn(stateMachineArn: string, name: string): string {
  return [...stateMachineArn.replace(':stateMachine:', ':execution:').split(':').slice(0, 7), name].join(':');
}

/** Returns the ARN of another execution of the same state machine. */
export function siblingArn(arn: string, name: string): string {
  return [...arn.split(':').slice(0, 7), name].join(':');
}

/**
 * Asks Step Functions whether an execution runs, which also holds while it waits for a task that is throttled. Returns
 * undefined if there is no answer, as without the permission `states:DescribeExecution`.
 */
export async function isRunning(client: SFNClient, arn: string): Promise<boolean | undefined> {
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    return error instanceof Error && error.name === 'ExecutionDoesNotExist' ? false : undefined;
  }
}

/**
 * Returns how many other executions a new one waits for. The local stack adds this header to its answer, because it runs
 * a limited number at the same time. Returns 0 without the header or an answer.
 */
export async function waitsForOthers(client: SFNClient, arn: string): Promise<number> {
  const command = new DescribeExecutionCommand({ executionArn: arn });
  let others = 0;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
      others = Number(headers?.['x-awspip-waits-for']) || 0;
      return result;
    },
    { step: 'deserialize', name: 'readWaitsFor' },
  );
  await client.send(command).catch(() => undefined);
  return Math.max(0, others);
}
